import type { IoredisOptions, RedisOptions, RedisTopology } from '../../../config/redis-options.js';
import { invalidOption } from '../../../values/errors.js';
import { isObject } from '../../../values/readers.js';

const inUrl = 'Put it into the url';
const ofFledge = 'Remove it. Fledge needs its own value';

/** Options of ioredis that are set elsewhere, or on which Fledge depends, and what to do instead. */
const reserved: Readonly<Record<string, string>> = {
  host: inUrl,
  port: inUrl,
  path: `${inUrl}, as unix:///path`,
  username: inUrl,
  password: `${inUrl}, or into JOBS_PASSWORD`,
  db: inUrl,
  tls: 'Use the option redis.tls',
  family: 'Use the option redis.family',
  sentinels: 'Use the option sentinel of JobsModule',
  name: 'Use the option sentinel of JobsModule',
  sentinelPassword: 'Use the option sentinel of JobsModule',
  keyPrefix: 'Use ?prefix= in the url',
  lazyConnect: ofFledge,
  enableOfflineQueue: ofFledge,
  maxRetriesPerRequest: ofFledge,
  commandTimeout: `${ofFledge}, because a worker’s commands wait for jobs. An enqueue has its own limit of two seconds`,
  monitor: ofFledge,
  stringNumbers: ofFledge,
  readOnly: ofFledge,
};

const reservedOfCluster: Readonly<Record<string, string>> = {
  redisOptions: 'Use the options redis.ioredis and redis.tls of JobsModule',
  keyPrefix: 'Use ?prefix= in the url',
  lazyConnect: ofFledge,
  enableOfflineQueue: ofFledge,
  scaleReads: `${ofFledge}, because replicas may not have the newest jobs`,
};

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkRedisOptions({ tls, family, ioredis }: RedisOptions, topology: RedisTopology): void {
  if (tls !== undefined) checkTls(tls);
  if (family !== undefined && ![0, 4, 6].includes(family))
    throw invalidOption(
      `The option redis.family of JobsModule is not an IP version: ${String(family)}. Use 0, 4 or 6.`,
    );
  checkIoredis('redis.ioredis', ioredis, reserved);
  if (topology.kind === 'cluster')
    checkIoredis('cluster.ioredis', topology.cluster.ioredis, reservedOfCluster);
}

/** Checks what is easily wrong when it comes from the environment. */
function checkTls(tls: unknown): void {
  if (!isObject(tls)) {
    throw invalidOption(
      'The option redis.tls of JobsModule is not an object. Use rediss:// to turn TLS on, and pass the options of tls.connect, such as { ca }.',
    );
  }
  const { rejectUnauthorized, servername } = tls;
  if (rejectUnauthorized !== undefined && typeof rejectUnauthorized !== 'boolean')
    throw invalidOption(
      `The option redis.tls.rejectUnauthorized of JobsModule is a ${typeof rejectUnauthorized}. Pass true or false.`,
    );
  if (servername !== undefined && typeof servername !== 'string')
    throw invalidOption(
      `The option redis.tls.servername of JobsModule is a ${typeof servername}. Pass the host name of the certificate.`,
    );
}

function checkIoredis(
  option: string,
  given: IoredisOptions | undefined,
  instead: Readonly<Record<string, string>>,
): void {
  if (given === undefined) return;
  if (!isObject(given))
    throw invalidOption(`The option ${option} of JobsModule is not an object. Pass options of ioredis.`);
  const name = Object.keys(given).find((key) => given[key] !== undefined && Object.hasOwn(instead, key));
  if (name !== undefined)
    throw invalidOption(`The option ${option}.${name} of JobsModule cannot be used. ${instead[name]}.`);
}
