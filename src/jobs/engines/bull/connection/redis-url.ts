import { FledgeError, invalidOption } from '../../../values/errors.js';
import type { ClusterOptions, RedisNode, SentinelOptions } from '../../../config/redis-options.js';
import { isHost, readServerUrl } from '../../../values/server-url.js';

export interface RedisAddress {
  /** In place of host and port. */
  readonly sentinel?: SentinelOptions | undefined;
  /** In place of host and port. */
  readonly cluster?: ClusterOptions | undefined;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** BullMQ's key prefix; a hash tag, so that all queues live in one slot of a Cluster. */
  readonly prefix: string;
}

/** In place of the host and port of a URL. */
export interface Topology {
  readonly sentinel?: SentinelOptions | undefined;
  readonly cluster?: ClusterOptions | undefined;
}

/**
 * Reads `redis://[user:password@]host[:port][/database][?prefix=name]`.
 * @param password stands in for the URL's own
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`
 */
export function parseRedisUrl(
  url: string,
  password: string | undefined,
  { sentinel, cluster }: Topology = {},
): RedisAddress {
  if (typeof url === 'string' && /^postgres(ql)?:/i.test(url)) {
    throw new FledgeError(
      'FLEDGE_STORE_UNSUPPORTED',
      'JOBS_URL names PostgreSQL, which Fledge does not keep jobs in yet. Use redis:// or rediss://.',
    );
  }
  const parsed = readServerUrl(url, ['redis', 'rediss'], (why) => {
    throw invalid(why);
  });
  const database = parsed.path.slice(1) || '0';
  if (!/^\d{1,9}$/.test(database)) throw invalid('its database is not a number');
  checkNodes('sentinel', sentinel?.nodes);
  checkNodes('cluster', cluster?.nodes);
  return {
    ...(sentinel && { sentinel }),
    ...(cluster && { cluster }),
    host: parsed.host,
    port: parsed.port ?? 6379,
    db: Number(database),
    username: parsed.user || undefined,
    password: password ?? (parsed.password || undefined),
    tls: parsed.scheme === 'rediss',
    prefix: hashTag(parsed.parameters),
  };
}

/** For people and logs: no user, no password. */
export function describeAddress({ host, port, db, tls, prefix, sentinel, cluster }: RedisAddress): string {
  const server = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const nodes = (cluster ?? sentinel)?.nodes.map((node) => `${node.host}:${node.port}`).join(',');
  const place = cluster ? `cluster ${nodes}` : sentinel ? `${sentinel.name} of sentinels ${nodes}` : server;
  return `${tls ? 'rediss' : 'redis'}://${place}/${db}, prefix ${prefix}`;
}

/**
 * What no text may show. A user is not secret: its name is in the server's own messages about missing rights. Without a
 * password it is, since then it mostly is a password that lacks the colon before it.
 */
export function secretsOf({ username, password, sentinel }: RedisAddress): (string | undefined)[] {
  return [password, sentinel?.password, ...(password === undefined ? [username] : [])];
}

/** A URL in the place of a host would be shown with its password. */
function checkNodes(option: string, nodes: readonly RedisNode[] | undefined): void {
  if (!nodes || nodes.every(({ host, port }) => isHost(host) && Number.isInteger(Number(port)))) return;
  throw invalidOption(
    `JobsModule: a node of ${option} is not a host and a port. Write { host: 'redis-1', port: 6379 }; user and password belong into the url.`,
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

/** Never quotes the URL or a part of it: with a character that is not escaped, any part may hold the password. */
function invalid(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_STORE_URL_INVALID',
    `JOBS_URL (or the url of JobsModule) cannot be used: ${why}. Write redis://[user:password@]host[:port][/database][?prefix=name], with rediss:// for TLS; special characters in user and password are written as %-escapes (%40 for @), or the password goes into JOBS_PASSWORD.`,
  );
}
