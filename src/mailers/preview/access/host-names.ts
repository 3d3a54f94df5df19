import { isIP } from 'node:net';

/** A name or an address in brackets, then perhaps a port. */
const hostHeader = /^([a-z\d_-]+(?:\.[a-z\d_-]+)*\.?|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * Returns the name of a request's Host header in small letters, without its port. A request with no Host header, with
 * several, with a malformed one or with HTTP/2's `:authority` has none.
 *
 * @param rawHeaders names and values in turn, as Node lists them
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

/** Names of hosts: exact names, and `*.example.test` for every name below `example.test`. */
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

  /** @param host in small letters, as `hostName` returns it */
  has(host: string): boolean {
    return this.names.has(host) || this.endings.some((ending) => host.endsWith(ending));
  }
}

/** Browsers write an address in one form only: `127.1` or `[0::1]` would match no request. */
function isCanonical(name: string): boolean {
  if (hostHeader.exec(name)?.[1] !== name) return false;
  return URL.canParse(`http://${name}`) && new URL(`http://${name}`).hostname === name;
}
