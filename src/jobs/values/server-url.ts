import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** The parts of a server's URL. */
export interface ServerUrl {
  readonly scheme: string;
  /** Empty if the URL has no user. */
  readonly user: string;
  readonly password: string;
  /** A name or an address. An IPv6 address has no brackets here. */
  readonly host: string;
  readonly port: number | undefined;
  /** The path with its leading slash and its escapes. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/**
 * Reads the URL of a server. Refuses a URL in which a parser may take a part of the password for something else. An
 * unescaped "/", "?" or "#" ends the password for a parser, which then reads its beginning as the port. Because such URLs are
 * refused, every part of an accepted URL can be shown, except user and password.
 *
 * @param schemes the allowed schemes without their colons
 * @param refuse throws an error with the reason. The reason quotes nothing of the URL
 */
export function readServerUrl(
  text: string,
  schemes: readonly string[],
  refuse: (why: string) => never,
): ServerUrl {
  if (typeof text !== 'string' || !URL.canParse(text)) return refuse('it is not a URL');
  const url = new URL(text);
  const scheme = url.protocol.slice(0, -1);
  if (!schemes.includes(scheme))
    return refuse(`its scheme is neither ${schemes.map((one) => `${one}://`).join(' nor ')}`);
  if (url.hostname === '') return refuse('it has no host');
  // The parser would drop these and replace half characters, and so change the password.
  if (/[\t\n\r]/.test(text.trim()) || /\p{Surrogate}/u.test(text))
    return refuse('it contains a tab, a line break or half a character');
  if (`${url.pathname}${url.search}${url.hash}`.includes('@'))
    return refuse(
      'there is a "/", "?" or "#" before an "@". In a user or password, write it as %2F, %3F or %23; elsewhere, write "@" as %40',
    );
  if (url.hash !== '') return refuse('it has a "#". In a user or password, write it as %23');
  const host = hostOf(url.hostname);
  if (!isHost(host))
    return refuse('its host has characters other than letters, digits, "-", "_", "." and ":"');
  const decode = (part: string): string =>
    decoded(part) ?? refuse('it has a "%" that does not begin an escape');
  return {
    scheme,
    user: decode(url.username),
    password: decode(url.password),
    host,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname,
    parameters: url.searchParams,
  };
}

/** Returns whether a text is a host name or an IP address. Any other text may be a URL, or a part of one with its password. */
export function isHost(text: unknown): text is string {
  return typeof text === 'string' && (/^[\p{L}\p{M}\p{N}_.-]{1,253}$/u.test(text) || isIPv6(text));
}

/** The parser leaves non-ASCII letters of a host as escapes, because it does not know these schemes. */
function hostOf(name: string): string {
  const host = decoded(name.replace(/^\[(.*)\]$/, '$1')) ?? name;
  return /[^\0-\x7f]/.test(host) && isHost(host) ? domainToASCII(host) || host : host;
}

/** Returns undefined if an escape is incomplete or not UTF-8. */
export function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
