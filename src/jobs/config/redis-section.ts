import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { asError } from '../values/errors.js';
import { mayBeUrl } from '../values/quoted.js';
import type { RedisOptions, RedisTopology, SentinelOptions } from './redis-options.js';
import { SectionValues, type SectionSource } from './section-values.js';

/** The key of the section in `config/jobs.yml`. */
export const redisKey = 'redis';

/** The store that a `redis:` section names. */
export interface SectionStore {
  readonly url: string | undefined;
  readonly topology: RedisTopology;
  readonly redis: Pick<RedisOptions, 'tls' | 'family'>;
  readonly password: string | undefined;
  readonly prefix: string | undefined;
}

const servers = ['url', 'sentinel', 'cluster'] as const;
const keys = [...servers, 'username', 'password', 'database', 'prefix', 'tls', 'family'];
const sentinelKeys = ['name', 'nodes', 'password', 'tls'];
const tlsKeys = ['ca', 'cert', 'key', 'passphrase', 'servername', 'reject_unauthorized'];
const families = [0, 4, 6] as const;
/** A server on this machine may be without TLS while the others of the same application have it. */
const ofThisMachine = /^redis:\/\/([^@/]*@)?(localhost|127\.|\[::1\])/i;
/** The highest number of a database, as in a URL. */
const mostDatabase = 999_999_999;

/** Returns the file and the section's name for messages. A name that may be a URL is not shown. */
export function sectionPlace(file: string, environment: string): string {
  return `${file} (${mayBeUrl(environment) ? 'a section' : environment})`;
}

/**
 * Checks a section that may not apply here, so that a mistake for production is found earlier than in production. Its variables
 * can be unset, and its files missing.
 * @throws FledgeError `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export function checkRedisSection(section: unknown, from: string): void {
  if (section !== undefined && section !== null) readRedisSection(section, { from, env: undefined });
}

/** @throws FledgeError `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID` */
export function readRedisSection(section: unknown, source: SectionSource): SectionStore {
  const values = new SectionValues(section, redisKey, keys, source);
  const [server, second] = servers.filter((key) => values.has(key));
  if (server === undefined)
    throw values.invalid('url', 'is missing', 'Set one of url, sentinel and cluster, or remove the section');
  if (second !== undefined)
    throw values.invalid(second, `cannot be set together with ${redisKey}.${server}`, 'Set only one of them');
  const tls = tlsOf(values);
  return {
    url: server === 'url' ? urlOf(values, tls) : urlOfNodes(values, server, tls),
    topology: topologyOf(values, server),
    redis: { tls: tls || undefined, family: familyOf(values) },
    password: values.text('password'),
    prefix: prefixOf(values),
  };
}

function topologyOf(values: SectionValues, server: (typeof servers)[number]): RedisTopology {
  if (server === 'url') return { kind: 'url' };
  if (server === 'sentinel') return { kind: 'sentinel', sentinel: sentinelOf(values) };
  const cluster = new SectionValues(values.raw('cluster'), `${redisKey}.cluster`, ['nodes'], values.source);
  return { kind: 'cluster', cluster: { nodes: cluster.nodes('nodes', 6379) } };
}

function sentinelOf(section: SectionValues): SentinelOptions {
  const values = new SectionValues(
    section.raw('sentinel'),
    `${redisKey}.sentinel`,
    sentinelKeys,
    section.source,
  );
  if (!values.has('name'))
    throw values.invalid('name', 'is missing', "Set the master's name in the sentinels' configuration");
  const [password, tls] = [values.text('password'), values.truth('tls')];
  return {
    name: values.text('name') ?? '',
    nodes: values.nodes('nodes', 26_379),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
  };
}

/** Returns undefined only for a section that may not apply here. */
function urlOf(values: SectionValues, tls: ConnectionOptions | false | undefined): string | undefined {
  for (const key of ['username', 'database'])
    if (values.has(key)) throw values.invalid(key, 'is only for sentinel and cluster', 'Put it into the url');
  const url = values.text('url');
  if (url === undefined) {
    if (values.source.env) throw values.invalid('url', 'is empty', 'Write it as redis://host:6379');
    return undefined;
  }
  if (url === 'memory:')
    throw values.invalid('url', 'is memory:', 'Write it as redis://host:6379, or remove the section');
  if (tls === false && /^rediss:/i.test(url))
    throw values.invalid('tls', 'is false, and the url begins with rediss://', 'Remove one of them');
  if (tls && /^redis:/i.test(url) && !ofThisMachine.test(url))
    throw values.invalid('tls', 'is set, and the url begins with redis://', 'Use rediss:// for TLS');
  return url;
}

/** A URL without a server has what sentinels and clusters need in addition to their nodes. */
function urlOfNodes(
  values: SectionValues,
  kind: 'sentinel' | 'cluster',
  tls: ConnectionOptions | false | undefined,
): string {
  const database = values.count('database', mostDatabase) ?? 0;
  if (kind === 'cluster' && database !== 0)
    throw values.invalid('database', 'is not 0', 'A cluster has only the database 0. Remove it');
  const username = values.text('username');
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`;
  return `${tls ? 'rediss' : 'redis'}://${user}${kind}/${database}`;
}

function familyOf(values: SectionValues): RedisOptions['family'] {
  const family = values.count('family', 6);
  const known = families.find((one) => one === family);
  if (family !== undefined && known === undefined)
    throw values.invalid('family', 'is not an IP version', 'Use 0, 4 or 6');
  return known;
}

function prefixOf(values: SectionValues): string | undefined {
  const prefix = values.text('prefix');
  if (prefix !== undefined && !/^[\w.-]+$/.test(prefix))
    throw values.invalid(
      'prefix',
      'has characters other than letters, digits, "_", "-" and "."',
      'Use only these, such as shop',
    );
  if (prefix !== undefined && values.text('url')?.includes('prefix='))
    throw values.invalid('prefix', 'is set, and the url has a prefix too', 'Set only one of them');
  return prefix;
}

/** Returns the options of TLS, or false if it is turned off. */
function tlsOf(section: SectionValues): ConnectionOptions | false | undefined {
  const value = section.raw('tls');
  if (typeof value !== 'object' || value === null) {
    const isOn = section.truth('tls');
    return isOn === true ? {} : isOn;
  }
  const values = new SectionValues(value, `${redisKey}.tls`, tlsKeys, section.source);
  const passphrase = values.text('passphrase');
  const servername = values.text('servername');
  const rejectUnauthorized = values.truth('reject_unauthorized');
  return {
    ...pemOf(values, 'ca'),
    ...pemOf(values, 'cert'),
    ...pemOf(values, 'key'),
    ...(passphrase !== undefined && { passphrase }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** Reads the file that the key names. */
function pemOf(values: SectionValues, key: 'ca' | 'cert' | 'key'): ConnectionOptions {
  const path = values.text(key);
  if (path === undefined || !values.source.env) return {};
  try {
    return { [key]: readFileSync(path, 'utf8') };
  } catch (thrown) {
    const { code = 'unknown error' }: NodeJS.ErrnoException = asError(thrown);
    throw values.invalid(key, `names a file that cannot be read (${code})`, 'Use the path of a PEM file');
  }
}
