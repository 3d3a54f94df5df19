import type { ConnectionOptions } from 'node:tls';
import { FledgeError, invalidOption } from '../../../values/errors.js';
import type {
  IoredisOptions,
  RedisNode,
  RedisOptions,
  RedisTopology,
} from '../../../config/redis-options.js';
import type { StoreOrigin } from '../../../config/resolved-options.js';
import { decoded, isHost, readServerUrl, type ServerUrl } from '../../../values/server-url.js';
import { checkRedisOptions } from './check-redis-options.js';
import { readParameters, type UrlParameters } from './url-parameters.js';

export interface RedisAddress {
  /** Which setting names the server. */
  readonly origin: StoreOrigin;
  /** Sentinels and clusters have nodes, which replace host and port. */
  readonly topology: RedisTopology;
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, which replaces host and port. */
  readonly path?: string;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Undefined for a connection without TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly family?: 0 | 4 | 6 | undefined;
  /** The application's own options of ioredis. */
  readonly ioredis?: IoredisOptions | undefined;
  /** BullMQ's key prefix. It is a hash tag, so that all queues are in one slot of a cluster. */
  readonly prefix: string;
}

/** The settings of a server whose nodes are configured without a URL. */
const withoutUrl: ServerUrl = {
  scheme: 'redis',
  user: '',
  password: '',
  host: '',
  port: undefined,
  path: '',
  parameters: new URLSearchParams(),
};

/**
 * Reads `redis://[user:password@]host[:port][/database]`, or `unix://[user:password@]/path`, with their parameters.
 * @param url may be undefined with sentinels or a cluster
 * @param password replaces the one in the URL
 * @param options what the URL's parameters do not say
 * @param origin which settings an error names
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`, `FLEDGE_OPTION_INVALID`
 */
export function parseRedisUrl(
  url: string | undefined,
  password: string | undefined,
  topology: RedisTopology = { kind: 'url' },
  options: RedisOptions = {},
  origin: StoreOrigin = { from: 'JOBS_URL' },
): RedisAddress {
  const refuse: Refuse = (why) => {
    throw invalid(why, origin);
  };
  refusePostgres(url, origin);
  checkRedisOptions(options, topology);
  const hasUrl = url !== undefined || topology.kind === 'url';
  const parsed = hasUrl
    ? readServerUrl(withHost(url ?? ''), ['redis', 'rediss', 'unix'], refuse)
    : withoutUrl;
  const parameters = readParameters(parsed.parameters, refuse);
  if (topology.kind === 'sentinel') checkNodes('sentinel', topology.sentinel.nodes);
  if (topology.kind === 'cluster') checkNodes('cluster', topology.cluster.nodes);
  return {
    origin,
    topology,
    ...placeOf(parsed, parameters, topology, refuse),
    username: parsed.user || undefined,
    password: password ?? (parsed.password || undefined),
    tls: tlsOf(parsed, parameters, options, { hasUrl, refuse }),
    family: parameters.family ?? options.family,
    ioredis: options.ioredis,
    prefix: hashTag(parameters.prefix ?? 'fledge', refuse),
  };
}

/** Throws an error with the reason. */
type Refuse = (why: string) => never;

function refusePostgres(url: string | undefined, origin: StoreOrigin): void {
  if (typeof url !== 'string' || !/^postgres(ql)?:/i.test(url)) return;
  throw new FledgeError(
    'FLEDGE_STORE_UNSUPPORTED',
    `${nameOfUrl(origin)} names PostgreSQL, and Fledge cannot keep jobs there yet. Use redis:// or rediss://.`,
  );
}

/** Adds the host that a Unix socket's URL lacks. With user and password, a parser requires one. */
function withHost(url: string): string {
  if (typeof url !== 'string') return url;
  return url.replace(/^unix:(?:\/\/([^/?#]*@)?(?:localhost)?)?\/([^/]|$)/i, 'unix://$1localhost/$2');
}

function placeOf(
  { scheme, host, port, path }: ServerUrl,
  { db }: UrlParameters,
  topology: RedisTopology,
  refuse: Refuse,
): Pick<RedisAddress, 'host' | 'port' | 'path' | 'db'> {
  if (scheme === 'unix') {
    if (host !== 'localhost' || path === '/')
      refuse('a Unix socket is written as unix:///path, without a host');
    if (topology.kind !== 'url')
      refuse(`the option ${topology.kind} needs nodes, and a Unix socket is one server`);
    return { host, port: 0, path: socketOf(path, refuse), db: databaseOf(db ?? '0', refuse) };
  }
  if (db !== undefined) refuse('its db belongs after the host, as in redis://host/2');
  const database = databaseOf(path.slice(1) || '0', refuse);
  if (topology.kind === 'cluster' && database !== 0) refuse('a cluster has only the database 0');
  return { host, port: port ?? 6379, db: database };
}

function socketOf(path: string, refuse: Refuse): string {
  const socket = decoded(path) ?? refuse('its path has a "%" that does not begin an escape. Write it as %25');
  return socket.includes('\0') ? refuse('its path has a zero byte') : socket;
}

function databaseOf(text: string, refuse: Refuse): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : refuse('its database is not a number');
}

/** A server on this machine may be without TLS while the others of the same application have it. */
const isLocal = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

function tlsOf(
  { scheme, host }: ServerUrl,
  parameters: UrlParameters,
  options: RedisOptions,
  { hasUrl, refuse }: { readonly hasUrl: boolean; readonly refuse: Refuse },
): ConnectionOptions | undefined {
  if (scheme === 'rediss') return { ...options.tls, ...parameters.tls };
  if (parameters.tls) refuse('it has parameters for TLS, and only rediss:// uses TLS');
  if (!hasUrl) return options.tls;
  if (options.tls && !isLocal(host)) {
    throw invalidOption(
      'The option redis.tls of JobsModule is set, and the URL begins with redis://, which is not encrypted. Use rediss://. Or pass redis.tls only where the URL begins with rediss://.',
    );
  }
  return undefined;
}

/** Describes an address for people and logs, without user and password. */
export function describeAddress(address: RedisAddress): string {
  const { path, tls, db, prefix } = address;
  if (path !== undefined) return `unix://${path}, database ${db}, prefix ${prefix}`;
  return `${tls ? 'rediss' : 'redis'}://${serverOf(address)}/${db}, prefix ${prefix}`;
}

function serverOf({ topology, host, port }: RedisAddress): string {
  switch (topology.kind) {
    case 'url':
      return `${host.includes(':') ? `[${host}]` : host}:${port}`;
    case 'sentinel':
      return `${topology.sentinel.name} of sentinels ${list(topology.sentinel.nodes)}`;
    case 'cluster':
      return `cluster ${list(topology.cluster.nodes)}`;
  }
}

function list(nodes: readonly RedisNode[]): string {
  return nodes.map(({ host, port }) => `${host}:${port}`).join(',');
}

/**
 * Returns what no text may show. A user's name is not secret, because the server's messages about missing rights contain it.
 * A user without a password is secret. It is mostly a password that lacks the colon before it.
 */
export function secretsOf({ username, password, tls, topology }: RedisAddress): (string | undefined)[] {
  const ofSentinels = topology.kind === 'sentinel' ? topology.sentinel.password : undefined;
  return [password, ofSentinels, tls?.passphrase, ...(password === undefined ? [username] : [])];
}

/** Accepts only hosts, because a URL in place of a host would be shown with its password. */
function checkNodes(option: string, nodes: readonly RedisNode[]): void {
  if (nodes.every(({ host, port }) => isHost(host) && Number.isInteger(Number(port)))) return;
  throw invalidOption(
    `A node of the option ${option} of JobsModule is not a host and a port. Write { host: 'redis-1', port: 6379 }. Put user and password into the url.`,
  );
}

function hashTag(prefix: string, refuse: Refuse): string {
  if (!/^[\w.-]+$/.test(prefix))
    refuse('its prefix has characters other than letters, digits, "_", "-" and "."');
  return `{${prefix}}`;
}

/** Begins a sentence about the URL. */
function nameOfUrl({ from, urlFrom = from }: StoreOrigin): string {
  return urlFrom.startsWith('the ') ? `The ${urlFrom.slice(4)}` : urlFrom;
}

/** Does not quote the URL or a part of it. If a character is not escaped, any part may contain the password. */
function invalid(why: string, origin: StoreOrigin): FledgeError {
  return new FledgeError(
    'FLEDGE_STORE_URL_INVALID',
    `${nameOfUrl(origin)} cannot be used: ${why}. Write redis://[user:password@]host[:port][/database][?prefix=name], rediss:// for TLS, or unix:///path for a Unix socket. Write special characters in user and password as %-escapes (%40 for @), or put the password into JOBS_PASSWORD.`,
  );
}
