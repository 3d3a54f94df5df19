import type { Type } from '@nestjs/common';
import type { EnqueueMiddleware, JobMiddleware } from '../job/calls.js';
import type { FailureHandler } from '../job/failure-handler.js';
import type { PolicyOptions } from '../job/retry/policy.js';
import type { ScheduleEntry } from '../job/schedule-entry.js';
import type { Duration } from '../values/duration.js';
import type { ClusterOptions, RedisOptions, SentinelOptions } from './redis-options.js';
import type { RetentionOptions } from './retention.js';

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
   * `redis://[user:password@]host[:port][/database][?prefix=name]`, `rediss://` for TLS, `unix:///path` for a Unix socket, or
   * `memory:`. docs/redis.md lists the parameters.
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
  /** How to connect: TLS, IPv6, and any other option of ioredis. @default {} */
  readonly redis?: RedisOptions | undefined;
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
