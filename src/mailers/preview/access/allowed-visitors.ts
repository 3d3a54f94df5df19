import { invalidOption } from '../../../jobs/internals.js';
import { HostNames } from './host-names.js';
import { Peers } from './peers.js';

/** The visitors that may open pages without guards, in addition to browsers on this machine. */
export interface AllowedVisitors {
  /**
   * The host names under which browsers may request the pages. Use an exact name such as `app.test`, or `*.app.test` for
   * every name below it. @default only `localhost`, `*.localhost`, `127.0.0.1` and `[::1]`
   */
  readonly hosts?: readonly string[] | undefined;
  /**
   * The addresses that connections may come from. Use an address such as `192.168.1.20`, a range such as `172.16.0.0/12`,
   * or `unix` for Unix sockets. For a request through a proxy or into a container, this is the address of the proxy or the
   * gateway, regardless of the request's headers. @default only loopback addresses
   */
  readonly peers?: readonly string[] | undefined;
}

/** The module and the option that open a page, such as `MailersModule` and `preview`. The page that refuses a visitor names them. */
export interface PagesOption {
  readonly module: string;
  readonly option: string;
}

interface Entries {
  /** Adds an entry. Returns whether it is valid. */
  add(entry: string): boolean;
}

/**
 * Adds the allowed visitors to the local ones.
 *
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function allowedVisitors(
  allow: AllowedVisitors | undefined,
  { module, option }: PagesOption,
): { readonly hosts: HostNames; readonly peers: Peers } {
  const name = `${module}: ${option}.allow`;
  const { hosts, peers } = checked(allow, name);
  const allowed = {
    hosts: new HostNames('localhost', '*.localhost', '127.0.0.1', '[::1]'),
    peers: new Peers('127.0.0.0/8', '::1'),
  };
  const hostAdvice = `Use names without a port, such as 'app.test' or '*.app.test'`;
  const peerAdvice = `Use addresses or ranges, such as '192.168.1.20' or '172.16.0.0/12', or 'unix'`;
  addAll(allowed.hosts, hosts, `${name}.hosts`, hostAdvice);
  addAll(allowed.peers, peers, `${name}.peers`, peerAdvice);
  return allowed;
}

function checked(allow: unknown, name: string): Readonly<Record<string, unknown>> {
  if (allow === undefined) return {};
  if (typeof allow !== 'object' || allow === null || Array.isArray(allow))
    throw invalidOption(`${name} is not an object. Pass { hosts: […], peers: […] }.`);
  const unknown = Object.keys(allow).find((key) => key !== 'hosts' && key !== 'peers');
  if (unknown !== undefined)
    throw invalidOption(`${name} has an unknown option: ${JSON.stringify(unknown)}. Use hosts and peers.`);
  return { ...allow };
}

function addAll(to: Entries, entries: unknown = [], name: string, advice: string): void {
  if (!Array.isArray(entries)) throw invalidOption(`${name} is not an array. ${advice}, in an array.`);
  const wrong = entries.findIndex((entry) => typeof entry !== 'string' || !to.add(entry));
  if (wrong >= 0) throw invalidOption(`${name} has an invalid entry: ${shown(entries[wrong])}. ${advice}.`);
}

function shown(entry: unknown): string {
  return typeof entry === 'string' ? JSON.stringify(entry) : typeof entry;
}
