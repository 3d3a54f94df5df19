import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** The URL of a server, taken apart. */
export interface ServerUrl {
  readonly scheme: string;
  /** Empty: none. */
  readonly user: string;
  readonly password: string;
  /** An IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** With the slash at its beginning, and with its escapes. */
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/**
 * Takes the URL of a server apart. Refuses a URL in which a part of the password could pass for something else: with a "/",
 * "?" or "#" that is not escaped, the password ends there for a parser, and its beginning is the port. So what is accepted
 * can be shown, except for user and password.
 *
 * @param schemes without their colon
 * @param refuse throws an error with the reason, which quotes nothing of the URL
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
  // The parser leaves them out, and replaces half characters: the password would be another.
  if (/[\t\n\r]/.test(text.trim()) || /\p{Surrogate}/u.test(text))
    return refuse('it has a tab, a line break or half a character in it');
  if (`${url.pathname}${url.search}${url.hash}`.includes('@'))
    return refuse(
      'there is a "/", "?" or "#" before an "@". In a user or password, write it as %2F, %3F or %23; elsewhere, write "@" as %40',
    );
  if (url.hash !== '') return refuse('it has a "#". In a user or password, write it as %23');
  const host = hostOf(url.hostname);
  if (!isHost(host))
    return refuse('its host has other characters than letters, digits, "-", "_", "." and ":"');
  const decode = (part: string): string => decoded(part) ?? refuse('it has a "%" that begins no escape');
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

/** A name or an address. Anything else may be a URL, or what is left of one, with its password. */
export function isHost(text: unknown): text is string {
  return typeof text === 'string' && (/^[\p{L}\p{M}\p{N}_.-]{1,253}$/u.test(text) || isIPv6(text));
}

/** The parser leaves other letters of a name as escapes, since it does not know what these schemes mean. */
function hostOf(name: string): string {
  const host = decoded(name.replace(/^\[(.*)\]$/, '$1')) ?? name;
  return /[^\0-\x7f]/.test(host) && isHost(host) ? domainToASCII(host) || host : host;
}

/** Undefined where an escape is incomplete or is not UTF-8. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
