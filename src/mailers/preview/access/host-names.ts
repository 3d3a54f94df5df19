import { isIP } from 'node:net';

/** Matches a name, or an address in brackets, with an optional port. */
const hostHeader = /^([a-z\d_-]+(?:\.[a-z\d_-]+)*\.?|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * Returns the name in a request's Host header in lower case, without the port. Returns undefined if the request has no Host
 * header, several or a malformed one, or if it has HTTP/2's `:authority`.
 *
 * @param rawHeaders alternating names and values, as Node lists them
 */
export function hostName(rawHeaders: readonly string[]): string | undefined {
  const [host, ...more] = valuesOf(rawHeaders, 'host');
  if (host === undefined || more.length > 0 || valuesOf(rawHeaders, ':authority').length > 0)
    return undefined;
  return hostHeader.exec(host)?.[1]?.toLowerCase();
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === wanted);
}

/** A set of host names. It holds exact names, and `*.example.test` for all names below `example.test`. */
export class HostNames {
  private readonly names = new Set<string>();
  private readonly endings: string[] = [];

  constructor(...hosts: readonly string[]) {
    for (const host of hosts) this.add(host);
  }

  /** Adds a name. Returns whether it is valid. */
  add(host: string): boolean {
    const lower = host.toLowerCase();
    const name = lower.replace(/^\*\./, '');
    const isWildcard = name !== lower;
    if (!isCanonical(name) || (isWildcard && (isIP(name) !== 0 || name.startsWith('[')))) return false;
    if (isWildcard) this.endings.push(`.${name}`);
    else this.names.add(name);
    return true;
  }

  /** @param host a name in lower case, as `hostName` returns it */
  has(host: string): boolean {
    return this.names.has(host) || this.endings.some((ending) => host.endsWith(ending));
  }
}

/** Returns whether browsers write the name in this form. `127.1` or `[0::1]` would match no request. */
function isCanonical(name: string): boolean {
  if (hostHeader.exec(name)?.[1] !== name) return false;
  return URL.canParse(`http://${name}`) && new URL(`http://${name}`).hostname === name;
}
