/** A minute after it was told, a trouble that lasts may be told again. */
const remindAfter = 60_000;

/**
 * Which troubles of the store were told, and by whom: what the connection and the queues both run into, such as a wrong
 * password, is told by the one that meets it first.
 */
export class ToldTroubles {
  private readonly told = new Map<string, { readonly at: number; readonly by: object }>();

  /** Whether `by` should tell it: nobody else has within a minute. Then it counts as told. */
  mayTell(code: string, by: object): boolean {
    const last = this.told.get(code);
    if (last && last.by !== by && Date.now() - last.at < remindAfter) return false;
    this.told.set(code, { at: Date.now(), by });
    return true;
  }
}
