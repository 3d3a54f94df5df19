import { FledgeError, invalidOption } from '../../../values/errors.js';
import type { RedisNode, RedisTopology } from '../../../config/redis-options.js';
import { isHost, readServerUrl, type ServerUrl } from '../../../values/server-url.js';

export interface RedisAddress {
  /** Sentinels and clusters have nodes, which replace host and port. */
  readonly topology: RedisTopology;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
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
 * Reads `redis://[user:password@]host[:port][/database][?prefix=name]`.
 * @param url may be undefined with sentinels or a cluster
 * @param password replaces the one in the URL
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`
 */
export function parseRedisUrl(
  url: string | undefined,
  password: string | undefined,
  topology: RedisTopology = { kind: 'url' },
): RedisAddress {
  if (typeof url === 'string' && /^postgres(ql)?:/i.test(url)) {
    throw new FledgeError(
      'FLEDGE_STORE_UNSUPPORTED',
      'JOBS_URL names PostgreSQL, and Fledge cannot keep jobs there yet. Use redis:// or rediss://.',
    );
  }
  const hasUrl = url !== undefined || topology.kind === 'url';
  const parsed = hasUrl ? readServerUrl(url ?? '', ['redis', 'rediss'], refuse) : withoutUrl;
  const database = parsed.path.slice(1) || '0';
  if (!/^\d{1,9}$/.test(database)) throw invalid('its database is not a number');
  if (topology.kind === 'sentinel') checkNodes('sentinel', topology.sentinel.nodes);
  if (topology.kind === 'cluster') checkNodes('cluster', topology.cluster.nodes);
  return {
    topology,
    host: parsed.host,
    port: parsed.port ?? 6379,
    db: Number(database),
    username: parsed.user || undefined,
    password: password ?? (parsed.password || undefined),
    tls: parsed.scheme === 'rediss',
    prefix: hashTag(parsed.parameters),
  };
}

/** Describes an address for people and logs, without user and password. */
export function describeAddress(address: RedisAddress): string {
  return `${address.tls ? 'rediss' : 'redis'}://${placeOf(address)}/${address.db}, prefix ${address.prefix}`;
}

function placeOf({ topology, host, port }: RedisAddress): string {
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
export function secretsOf({ username, password, topology }: RedisAddress): (string | undefined)[] {
  const ofSentinels = topology.kind === 'sentinel' ? topology.sentinel.password : undefined;
  return [password, ofSentinels, ...(password === undefined ? [username] : [])];
}

/** Accepts only hosts, because a URL in place of a host would be shown with its password. */
function checkNodes(option: string, nodes: readonly RedisNode[]): void {
  if (nodes.every(({ host, port }) => isHost(host) && Number.isInteger(Number(port)))) return;
  throw invalidOption(
    `A node of the option ${option} of JobsModule is not a host and a port. Write { host: 'redis-1', port: 6379 }. Put user and password into the url.`,
  );
}

function hashTag(parameters: URLSearchParams): string {
  if ([...parameters.keys()].some((name) => name !== 'prefix'))
    throw invalid('it has a parameter other than prefix');
  const prefix = parameters.get('prefix') ?? 'fledge';
  if (!/^[\w.-]+$/.test(prefix))
    throw invalid('its prefix has other characters than letters, digits, "_", "-" and "."');
  return `{${prefix}}`;
}

function refuse(why: string): never {
  throw invalid(why);
}

/** Does not quote the URL or a part of it. If a character is not escaped, any part may contain the password. */
function invalid(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_STORE_URL_INVALID',
    `JOBS_URL (or the url of JobsModule) cannot be used: ${why}. Write redis://[user:password@]host[:port][/database][?prefix=name], or rediss:// for TLS. Write special characters in user and password as %-escapes (%40 for @), or put the password into JOBS_PASSWORD.`,
  );
}
