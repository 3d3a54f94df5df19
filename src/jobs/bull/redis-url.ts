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
    throw invalid('its scheme is neither redis:// nor rediss://');
  if (!parsed.hostname) throw invalid('it has no host');
  const database = decode(parsed.pathname.slice(1)) || '0';
  if (!/^\d+$/.test(database)) throw invalid('its database is no number');
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port ? Number(parsed.port) : 6379,
    db: Number(database),
    username: decode(parsed.username) || undefined,
    password: password ?? (decode(parsed.password) || undefined),
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
  if ([...parameters.keys()].some((name) => name !== 'prefix'))
    throw invalid('it has a parameter other than prefix');
  const prefix = parameters.get('prefix') ?? 'fledge';
  if (!/^[\w.-]+$/.test(prefix))
    throw invalid('its prefix has other characters than letters, digits, "_", "-" and "."');
  return `{${prefix}}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('it has a "%" that begins no escape');
  }
}

/** Never quotes the URL or a part of it: with a character that is not escaped, any part may hold the password. */
function invalid(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_STORE_URL_INVALID',
    `JOBS_URL (or the url of JobsModule) cannot be used: ${why}. Write redis://[user:password@]host[:port][/database][?prefix=name], with rediss:// for TLS; special characters in user and password are written as %-escapes (%40 for @), or the password goes into JOBS_PASSWORD.`,
  );
}
