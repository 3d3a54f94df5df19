/** The JSON of every command that lists something. */
export interface List<Item> {
  readonly items: readonly Item[];
  /** The `--cursor` of the next page. Null on the last page. */
  readonly next: string | null;
}

export function listOf<Item>(items: readonly Item[], next: string | null = null): List<Item> {
  return { items, next };
}
