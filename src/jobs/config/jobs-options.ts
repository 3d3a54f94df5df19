import type { Type } from '@nestjs/common';
import { toMillisecondsWithin, type Duration, type DurationRange } from '../values/duration.js';
import { FledgeError } from '../values/errors.js';
import type { FailureHandler } from '../job/failure-handler.js';
import type { JobContext, Performable } from '../job/job.js';
import type { Middleware } from '../values/middleware.js';
import type { CallPolicy, PolicyOptions } from '../job/retry/policy.js';
import { positiveInteger } from '../values/positive-integer.js';
import type { JobReceipt } from '../job/receipt.js';
import { resolveRetention, type Retention, type RetentionOptions } from './retention.js';
import type { UniquePlan } from '../job/unique.js';
import type { ScheduleEntry } from '../job/schedule-entry.js';

/** What job middleware sees of an attempt. */
export interface JobCall {
  readonly payload: unknown;
  readonly context: JobContext;
}

/** What enqueue middleware sees of a job on its way to the store. It may change everything that is not `readonly`. */
export interface EnqueueCall {
  readonly job: Type<Performable>;
  readonly id: string;
  /** Whether the caller repeats an earlier enqueue, with its id. */
  readonly repeated: boolean;
  readonly name: string;
  queue: string;
  /**
   * A copy of what the caller gave, which has been checked. It was taken inside the call, so what the caller does to the
   * object afterwards changes nothing. Middleware may change the copy or assign another payload: what is there when the
   * job is added is read and checked once more, and stored. Middleware that does not touch it costs nothing.
   */
  payload: unknown;
  /** Milliseconds from now. */
  delay: number;
  priority: number | undefined;
  /** Infinity with `retryFor`. */
  attempts: number;
  /** What the caller said otherwise than the class about failure and time; milliseconds. */
  policy: CallPolicy | undefined;
  /**
   * Undefined: it may be there any number of times. The lock is made of what the caller gave, not of what middleware made of
   * it: two equal calls stay equal when middleware encrypts or stamps their payloads.
   */
  unique: UniquePlan | undefined;
  /** Travels beside the payload and is `context.meta` in the worker. */
  meta: Record<string, string>;
}

/** Runs around `perform`, wherever the job is run. The first registered is outermost. */
export interface JobMiddleware {
  handle: Middleware<JobCall, unknown>;
}

/**
 * Runs around the add. The first registered is outermost; the job is vetoed if `next()` is not called. `next()` resolves
 * to the receipt, also of an add that failed.
 *
 * It sees only payloads that are valid JSON and within the limit: the others are refused before. It may replace a payload,
 * for instance with an encrypted one. The new payload is checked in the same way, and it is what `perform` and job
 * middleware receive. `unique` still compares what the caller gave.
 */
export interface EnqueueMiddleware {
  handle: Middleware<EnqueueCall, JobReceipt | void>;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Redis Sentinel, as ioredis speaks with it. */
export interface SentinelOptions {
  /** What the sentinels call the master. */
  readonly name: string;
  readonly nodes: readonly RedisNode[];
  /** The sentinels' own password; the master's is the url's, or JOBS_PASSWORD. @default none */
  readonly password?: string;
}

/** Redis Cluster. */
export interface ClusterOptions {
  /** Some of its nodes; the others are found. */
  readonly nodes: readonly RedisNode[];
}

export interface QueueOptions {
  /** How many jobs of this queue one worker process runs at a time. @default 10, for `mailers` 5 */
  readonly concurrency?: number;
}

export interface PayloadLimitOptions {
  /** Bytes of JSON above which an enqueue is logged as a warning. @default 65536 (64 KiB) */
  readonly warn?: number;
  /** Bytes of JSON above which an enqueue is refused. @default 524288 (512 KiB) */
  readonly refuse?: number;
}

/** What `JobsModule.forRoot` takes. */
export interface JobsOptions {
  /**
   * `redis://[user:password@]host[:port][/database][?prefix=name]`, `rediss://` for TLS, or `memory:`.
   * @default the environment's JOBS_URL; unset: memory, in this process, refused when NODE_ENV is production
   */
  readonly url?: string | undefined;
  /**
   * Finds the master through Redis Sentinel and follows a failover, also of a master that hangs. User, password,
   * database, TLS and prefix are still the url's; its host is not used.
   * @default none
   */
  readonly sentinel?: SentinelOptions;
  /**
   * Redis Cluster: all of Fledge's keys live in one slot, the prefix's. User, password, TLS and prefix are still the
   * url's; its host is not used.
   * @default none
   */
  readonly cluster?: ClusterOptions;
  /** The store's password, where a platform injects it as a secret of its own. @default the environment's JOBS_PASSWORD */
  readonly password?: string | undefined;
  /**
   * The queues that exist, for web and worker alike. Which of them a worker serves is the worker's own setting.
   * @default { default: { concurrency: 10 }, mailers: { concurrency: 5 } }
   */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /**
   * The whole time that a stop may take: what is left of it after 5 s of closing is what running jobs get. Five
   * seconds less than what the platform gives between SIGTERM and SIGKILL (ECS: `stopTimeout`, 30 s).
   * @default '25s'
   */
  readonly shutdownTimeout?: Duration;
  /**
   * Where a worker process answers `/startupz`, `/livez` and `/readyz`: a port on loopback, or `host:port`. An operator
   * gives it as `--health-port`, JOBS_HEALTH_PORT or `health_port` in config/jobs.yml, all of which win over this.
   * @default off
   */
  readonly healthPort?: number | string;
  /**
   * A worker names a job that blocks its event loop for at least this long.
   * @default '1s'
   */
  readonly loopBlockThreshold?: Duration;
  /** Around every `perform`: instances, or classes that Nest can create or already provides. @default [] */
  readonly middleware?: readonly (JobMiddleware | Type<JobMiddleware>)[];
  /** Around every add. @default [] */
  readonly enqueueMiddleware?: readonly (EnqueueMiddleware | Type<EnqueueMiddleware>)[];
  /**
   * Hear of every job in trouble: instances, or classes that Nest can create or already provides. A job class may have the
   * same methods for its own jobs.
   * @default []
   */
  readonly handlers?: readonly (FailureHandler | Type<FailureHandler>)[];
  readonly payloadLimit?: PayloadLimitOptions;
  /** What jobs do about failure and time where their own `@Job()` says nothing. @default as each option of `@Job()` says */
  readonly defaults?: PolicyOptions;
  /**
   * When jobs with payloads run by themselves, as `schedule()` says it. All workers of a store must declare the same
   * ones: what the newest code does not declare is removed.
   * @default []
   */
  readonly schedules?: readonly ScheduleEntry[];
  /**
   * Lets a production worker start on a Redis that may evict jobs under memory pressure. Jobs will be lost.
   * @default false
   */
  readonly allowEviction?: boolean;
  /** How long finished jobs are kept, and how many of them. @default an hour, dead ones 180 days; 10,000 of each queue */
  readonly retention?: RetentionOptions;
  /** How often to look for queues with jobs and no live worker. @default '5s' */
  readonly watchInterval?: Duration;
  /**
   * The queues that `@InjectQueue(name)` of @nestjs/bullmq finds. Leave out those names that the application registers
   * with `BullModule.registerQueue` itself.
   * @default all of `queues`
   */
  readonly injectQueues?: readonly string[];
}

/** Injects the `ResolvedJobsOptions`. */
export const JOBS_OPTIONS = Symbol('nestjs-fledge:options');

export interface ResolvedQueue {
  readonly concurrency: number;
  /** Whether the application gave the concurrency itself. */
  readonly declared: boolean;
}

/** The options with every default filled in and every value checked. */
export interface ResolvedJobsOptions {
  readonly url: string | undefined;
  readonly sentinel: SentinelOptions | undefined;
  readonly cluster: ClusterOptions | undefined;
  readonly password: string | undefined;
  readonly queues: ReadonlyMap<string, ResolvedQueue>;
  /** The options that the application gave itself; the others are defaults. */
  readonly given: ReadonlySet<string>;
  readonly shutdownTimeout: number;
  readonly healthPort: number | string | undefined;
  readonly loopBlockThreshold: number;
  readonly middleware: readonly (JobMiddleware | Type<JobMiddleware>)[];
  readonly enqueueMiddleware: readonly (EnqueueMiddleware | Type<EnqueueMiddleware>)[];
  readonly handlers: readonly (FailureHandler | Type<FailureHandler>)[];
  readonly payloadLimit: { readonly warn: number; readonly refuse: number };
  readonly defaults: PolicyOptions;
  readonly schedules: readonly ScheduleEntry[];
  readonly allowEviction: boolean;
  readonly retention: Retention;
  readonly watchInterval: number;
}

const day = 24 * 3_600_000;
export const shutdownTimeouts: DurationRange = { least: 100, most: day };
/** The loop is looked at ten times as often. */
const loopBlockThresholds: DurationRange = { least: 20, most: day };
const watchIntervals: DurationRange = { least: 10, most: day };

const defaultConcurrency = (queue: string): number => (queue === 'mailers' ? 5 : 10);
/** The queues of an application that declares none. */
export const defaultQueues: Readonly<Record<string, QueueOptions>> = { default: {}, mailers: {} };

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveOptions(
  options: JobsOptions,
  env: NodeJS.ProcessEnv = process.env,
): ResolvedJobsOptions {
  return {
    url: options.url || env.JOBS_URL || (options.sentinel || options.cluster ? 'redis://nodes' : undefined),
    sentinel: options.sentinel,
    cluster: options.cluster,
    password: options.password || env.JOBS_PASSWORD || undefined,
    queues: resolveQueues(options.queues ?? defaultQueues),
    given: new Set(Object.keys(options).filter((name) => options[name as keyof JobsOptions] !== undefined)),
    shutdownTimeout: toMillisecondsWithin(
      shutdownTimeouts,
      options.shutdownTimeout ?? '25s',
      'shutdownTimeout',
    ),
    healthPort: options.healthPort,
    loopBlockThreshold: toMillisecondsWithin(
      loopBlockThresholds,
      options.loopBlockThreshold ?? '1s',
      'loopBlockThreshold',
    ),
    middleware: options.middleware ?? [],
    enqueueMiddleware: options.enqueueMiddleware ?? [],
    handlers: options.handlers ?? [],
    payloadLimit: {
      warn: positiveInteger(options.payloadLimit?.warn ?? 64 * 1024, 'payloadLimit.warn'),
      refuse: positiveInteger(options.payloadLimit?.refuse ?? 512 * 1024, 'payloadLimit.refuse'),
    },
    defaults: options.defaults ?? {},
    schedules: options.schedules ?? [],
    allowEviction: options.allowEviction ?? false,
    retention: resolveRetention(options.retention ?? {}),
    watchInterval: toMillisecondsWithin(watchIntervals, options.watchInterval ?? '5s', 'watchInterval'),
  };
}

function resolveQueues(queues: Readonly<Record<string, QueueOptions>>): Map<string, ResolvedQueue> {
  const names = Object.keys(queues);
  if (names.length === 0) {
    throw new FledgeError(
      'FLEDGE_OPTION_INVALID',
      'queues is empty, so no job has anywhere to go. Declare at least one, for instance { default: {} }, or leave queues out.',
    );
  }
  return new Map(
    names.map((name) => {
      refuseQueueName(name);
      const own = queues[name]?.concurrency;
      const concurrency = positiveInteger(own ?? defaultConcurrency(name), `queues.${name}.concurrency`);
      return [name, { concurrency, declared: own !== undefined }];
    }),
  );
}

function refuseQueueName(name: string): void {
  if (/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) return;
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `${JSON.stringify(name)} cannot be a queue's name. Use letters, digits, "_", "-" and ".", beginning with a letter or digit.`,
  );
}
