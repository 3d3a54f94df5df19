/** Links between the pages. They are relative, so they work below a global prefix and behind a proxy that removes one. */
export class Links {
  private readonly root: string;
  /** The query of the current page. */
  readonly query: URLSearchParams;

  /**
   * @param url the path and query of the browser's request
   * @param depth the number of segments between the first page and this page
   */
  constructor(url: string, depth: number) {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const hasSlash = pathname.endsWith('/');
    const segments = pathname.split('/').slice(0, hasSlash ? -1 : undefined);
    this.root = `./${'../'.repeat(depth + (hasSlash ? 1 : 0))}${segments.at(-1 - depth) ?? ''}`;
    this.query = searchParams;
  }

  /** Returns the link to a page below the first one, or to the first one without segments. Leaves out empty values. */
  to(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
    const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
    return [this.root, ...segments.map(encodeURIComponent)].join('/') + (search && `?${search}`);
  }
}
