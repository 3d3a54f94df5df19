/**
 * Links between the pages. They are relative: neither a global prefix nor a proxy that cuts one off needs to be known.
 */
export class Links {
  private readonly root: string;
  /** What the present page was asked. */
  readonly query: URLSearchParams;

  /**
   * @param url path and query as the browser asked for them
   * @param depth how many segments the page is below the first one
   */
  constructor(url: string, depth: number) {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const [, segments = '', slash = ''] = /^(.*?)(\/?)$/.exec(pathname)!;
    const name = segments.split('/').at(-1 - depth) ?? '';
    this.root = `./${'../'.repeat(depth + slash.length)}${name}`;
    this.query = searchParams;
  }

  /** To a page below the first one; without segments to that one. Leaves out what is asked as ''. */
  to(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
    return [this.root, ...segments.map(encodeURIComponent)].join('/') + (asked && `?${asked}`);
  }
}
