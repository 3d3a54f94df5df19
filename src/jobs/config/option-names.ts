import { policyOptionNames } from '../job/retry/policy.js';
import { refuseUnknownOptions, nearest } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import type { JobsOptions, PayloadLimitOptions, QueueOptions, ResultLimitOptions } from './jobs-options.js';
import type { ClusterOptions, RedisNode, RedisOptions, SentinelOptions } from './redis-options.js';
import type { KeepOptions, RetentionOptions } from './retention.js';

const known = {
  url: true,
  sentinel: true,
  cluster: true,
  redis: true,
  password: true,
  prefix: true,
  app: true,
  queues: true,
  shutdownTimeout: true,
  healthPort: true,
  loopBlockThreshold: true,
  middleware: true,
  enqueueMiddleware: true,
  handlers: true,
  payloadLimit: true,
  resultLimit: true,
  defaults: true,
  schedules: true,
  adoptCron: true,
  allowEviction: true,
  retention: true,
  watchInterval: true,
  injectQueues: true,
} satisfies Record<keyof JobsOptions, true>;

/** The names of the options of `JobsModule.forRoot`. */
export const jobsOptionNames: readonly string[] = Object.keys(known);

const ofQueue = { concurrency: true } satisfies Record<keyof QueueOptions, true>;
const ofPayloadLimit = { warn: true, refuse: true } satisfies Record<keyof PayloadLimitOptions, true>;
const ofResultLimit = { warn: true, keep: true } satisfies Record<keyof ResultLimitOptions, true>;
const ofRetention = { completed: true, dead: true } satisfies Record<keyof RetentionOptions, true>;
const ofKeep = { age: true, count: true } satisfies Record<keyof KeepOptions, true>;
const ofRedis = { tls: true, family: true, ioredis: true } satisfies Record<keyof RedisOptions, true>;
const ofSentinel = { name: true, nodes: true, password: true, tls: true } satisfies Record<
  keyof SentinelOptions,
  true
>;
const ofCluster = { nodes: true, ioredis: true } satisfies Record<keyof ClusterOptions, true>;
const ofNode = { host: true, port: true } satisfies Record<keyof RedisNode, true>;

/**
 * Refuses misspelled options, which would otherwise do nothing.
 * @param door what takes the options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkOptionNames(options: JobsOptions, door: string): void {
  refuseUnknownOptions(options, known, door);
  const check: Check = (own, names, option) => {
    if (own !== undefined) refuseUnknownOptions(own, names, `${option} of ${door}`);
  };
  const { queues = {}, payloadLimit, resultLimit, defaults, retention, redis, sentinel, cluster } = options;
  for (const [name, queue] of Object.entries(queues)) check(queue, ofQueue, `queues.${name}`);
  check(payloadLimit, ofPayloadLimit, 'payloadLimit');
  check(resultLimit, ofResultLimit, 'resultLimit');
  check(defaults, policyOptionNames, 'defaults');
  check(retention, ofRetention, 'retention');
  check(retention?.completed, ofKeep, 'retention.completed');
  check(retention?.dead, ofKeep, 'retention.dead');
  if (redis !== undefined) checkRedis(redis, check, door);
  check(sentinel, ofSentinel, 'sentinel');
  check(cluster, ofCluster, 'cluster');
  for (const node of sentinel?.nodes ?? []) check(node, ofNode, 'sentinel.nodes');
  for (const node of cluster?.nodes ?? []) check(node, ofNode, 'cluster.nodes');
}

type Check = (options: unknown, names: Readonly<Record<string, true>>, option: string) => void;

const inUrl = 'Put it into the url, as in redis://user:password@host:6379/0';
/** What clients of Redis take there, and Fledge takes somewhere else. */
const elsewhere: Readonly<Record<string, string>> = {
  url: 'Use the option url',
  host: inUrl,
  port: inUrl,
  username: inUrl,
  password: `${inUrl}, or into JOBS_PASSWORD`,
  db: inUrl,
  path: 'Use the url unix:///path',
  sentinels: 'Use the option sentinel',
  prefix: 'Use the option prefix',
  keyPrefix: 'Use the option prefix',
};

/** Options of ioredis are often written next to `ioredis` instead of inside it. */
function checkRedis(redis: RedisOptions, check: Check, door: string): void {
  const names = Object.entries(redis).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const unknown = names.find((name) => !Object.hasOwn(ofRedis, name));
  if (unknown === undefined || nearest(unknown, Object.keys(ofRedis), 2) !== undefined)
    return check(redis, ofRedis, 'redis');
  const advice = Object.hasOwn(elsewhere, unknown)
    ? elsewhere[unknown]
    : `If it is an option of ioredis, use redis: { ioredis: { ${unknown}: … } }`;
  throw invalidOption(`The option redis.${unknown} of ${door} does not exist. ${advice}.`);
}
