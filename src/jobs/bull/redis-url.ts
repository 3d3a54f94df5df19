import { FledgeError } from '../errors.js';
import type { ClusterOptions, SentinelOptions } from '../options.js';

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

/**
 * Reads `redis://[user:password@]host[:port][/database][?prefix=name]`.
 * @param password stands in for the URL's own
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`
 */
export function parseRedisUrl(url: string, password: string | undefined): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) throw invalid('it is no URL');
  if (/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new FledgeError(
      'FLEDGE_STORE_UNSUPPORTED',
      'JOBS_URL names PostgreSQL, which Fledge does not keep jobs in yet. Use redis:// or rediss://.',
    );
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')
    throw invalid(`its scheme is "${parsed.protocol}"`);
  if (!parsed.hostname) throw invalid('it has no host');
  const database = decodeURIComponent(parsed.pathname.slice(1)) || '0';
  if (!/^\d+$/.test(database)) throw invalid(`its database is "${database}", which is no number`);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port ? Number(parsed.port) : 6379,
    db: Number(database),
    username: decodeURIComponent(parsed.username) || undefined,
    password: password ?? (decodeURIComponent(parsed.password) || undefined),
    tls: parsed.protocol === 'rediss:',
    prefix: hashTag(parsed.searchParams),
  };
}

/** For people and logs: no user, no password. */
export function describeAddress({ host, port, db, tls, prefix, sentinel, cluster }: RedisAddress): string {
  const server = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const nodes = (cluster ?? sentinel)?.nodes.map((node) => `${node.host}:${node.port}`).join(',');
  const place = cluster ? `cluster ${nodes}` : sentinel ? `${sentinel.name} of sentinels ${nodes}` : server;
  return `${tls ? 'rediss' : 'redis'}://${place}/${db}, prefix ${prefix}`;
}

function hashTag(parameters: URLSearchParams): string {
  const unknown = [...parameters.keys()].find((name) => name !== 'prefix');
  if (unknown !== undefined) throw invalid(`it has the parameter "${unknown}"; only "prefix" is known`);
  const prefix = parameters.get('prefix') ?? 'fledge';
  if (!/^[\w.-]+$/.test(prefix))
    throw invalid(`its prefix is "${prefix}"; use letters, digits, "_", "-" and "."`);
  return `{${prefix}}`;
}

/** Never quotes the URL: it may hold a password. */
function invalid(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_STORE_URL_INVALID',
    `JOBS_URL (or the url of JobsModule) cannot be used: ${why}. Write redis://[user:password@]host[:port][/database][?prefix=name], with rediss:// for TLS.`,
  );
}
