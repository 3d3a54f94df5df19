import type { Type } from '@nestjs/common';
import type { EnqueueMiddleware, JobMiddleware } from '../job/calls.js';
import type { FailureHandler } from '../job/failure-handler.js';
import type { PolicyOptions } from '../job/retry/policy.js';
import type { ScheduleEntry } from '../job/schedule-entry.js';
import type { Duration } from '../values/duration.js';
import type { JobLogLevel } from '../values/log-level.js';
import type { ClusterOptions, RedisOptions, SentinelOptions } from './redis-options.js';
import type { RetentionOptions } from './retention.js';

export interface QueueOptions {
  /** How many jobs of this queue one worker process runs at once. @default 10, for `mailers` 5 */
  readonly concurrency?: number;
}

export interface PayloadLimitOptions {
  /** An enqueue with more bytes of JSON logs a warning. @default 65536 (64 KiB) */
  readonly warn?: number;
  /** An enqueue with more bytes of JSON is refused. @default 524288 (512 KiB) */
  readonly refuse?: number;
}

/** The options of the jobs that `adoptCron` makes. */
export type AdoptCronOptions = PolicyOptions & {
  /** A declared queue. @default 'default' */
  readonly queue?: string;
  /** From 1, the first, to 2,097,152, the last. @default none, which runs before all priorities */
  readonly priority?: number;
  /** The minimum level of log lines about these jobs. @default all levels */
  readonly logLevel?: JobLogLevel;
};

/** Limits of results, of progress, and of single log lines. */
export interface ResultLimitOptions {
  /** Bytes above which a job's output is logged as a warning. @default 65536 (64 KiB) */
  readonly warn?: number;
  /**
   * Bytes above which a result or progress is not kept, and a log line is cut. The job does not fail.
   * @default 524288 (512 KiB)
   */
  readonly keep?: number;
}

/** The options of `JobsModule.forRoot`. */
export interface JobsOptions {
  /**
   * `redis://[user:password@]host[:port][/database][?prefix=name]`, `rediss://` for TLS, `unix:///path` for a Unix socket, or
   * `memory:`. docs/redis.md lists the parameters.
   * @default JOBS_URL from the environment, or else the `redis:` section of config/jobs.yml. Without both, jobs are in this
   * process's memory, which is refused if NODE_ENV is `production`
   */
  readonly url?: string | undefined;
  /**
   * Finds the master through Redis Sentinel and follows a failover, even if the old master hangs. User, password, database,
   * TLS and prefix still come from `url`. The host in `url` is not used.
   * @default none
   */
  readonly sentinel?: SentinelOptions;
  /**
   * Connects to a Redis Cluster. All of Fledge's keys are in the slot of the prefix. User, password, TLS and prefix still
   * come from `url`. The host in `url` is not used.
   * @default none
   */
  readonly cluster?: ClusterOptions;
  /** How to connect: TLS, IPv6, and any other option of ioredis. @default {} */
  readonly redis?: RedisOptions | undefined;
  /** The store's password, for a platform that injects it as a separate secret. @default JOBS_PASSWORD from the environment */
  readonly password?: string | undefined;
  /**
   * The prefix of all the application's keys in Redis. Applications that share a Redis server need different prefixes, or
   * they run each other's jobs. A `?prefix=` in the URL overrides it. The command line reads JOBS_PREFIX.
   * @default JOBS_PREFIX from the environment, or 'fledge'
   */
  readonly prefix?: string | undefined;
  /**
   * The application's name. Each worker reports it, and a warning names the applications that share a prefix. Set the same
   * name in all processes of one application.
   * @default the name in the application's package.json, and below `apps/` of a monorepo also the monorepo's: 'acme/shop'. Without
   * `app`, processes that share their jobs count as one application
   */
  readonly app?: string | undefined;
  /**
   * The queues that exist. Web processes and workers have the same ones. A worker's settings select the queues that it serves.
   * @default { default: { concurrency: 10 }, mailers: { concurrency: 5 } }
   */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /**
   * How long a stop may take in all. Running jobs get this time less the 5 s that are reserved for closing. Use five seconds
   * less than the platform's time between SIGTERM and SIGKILL (ECS: `stopTimeout`, 30 s).
   * @default '25s'
   */
  readonly shutdownTimeout?: Duration;
  /**
   * Where a worker process answers `/startupz`, `/livez` and `/readyz`: a port on loopback, or `host:port`. The settings
   * `--health-port`, JOBS_HEALTH_PORT and `health_port` in config/jobs.yml override this option.
   * @default off
   */
  readonly healthPort?: number | string;
  /**
   * A worker logs the name of a job that blocks the event loop for at least this long.
   * @default '1s'
   */
  readonly loopBlockThreshold?: Duration;
  /** Middleware around every `perform`: instances, or classes that Nest provides or can create. @default [] */
  readonly middleware?: readonly (JobMiddleware | Type<JobMiddleware>)[];
  /** Middleware around every enqueue: instances, or classes that Nest provides or can create. @default [] */
  readonly enqueueMiddleware?: readonly (EnqueueMiddleware | Type<EnqueueMiddleware>)[];
  /**
   * Failure handlers for all jobs: instances, or classes that Nest provides or can create. A job class may have the same
   * methods for its own jobs.
   * @default []
   */
  readonly handlers?: readonly (FailureHandler | Type<FailureHandler>)[];
  /** The size of payloads, in bytes of JSON. @default a warning above 64 KiB, an error above 512 KiB */
  readonly payloadLimit?: PayloadLimitOptions;
  /** The size of each result, progress and log line, in bytes. @default a warning above 64 KiB, not kept above 512 KiB */
  readonly resultLimit?: ResultLimitOptions;
  /** Default retry and timeout options for jobs that do not set their own. @default the default of each option of `@Job()` */
  readonly defaults?: PolicyOptions;
  /**
   * Schedules, created with `schedule()`. All workers of a store must declare the same ones. A schedule that the newest code
   * does not declare is removed.
   * @default []
   */
  readonly schedules?: readonly ScheduleEntry[];
  /**
   * Runs the `@Cron` methods of @nestjs/schedule, and its `@Interval` methods of a second or more, as scheduled jobs: once per
   * tick in the whole fleet, in a worker, without retries. The methods do not change. Methods that cannot be adopted stay in
   * their process, and a warning at boot names them.
   *
   * Pass an object to set the options of these jobs, for example `{ queue: 'cron', timeout: '5m' }`. `false` leaves the methods
   * to @nestjs/schedule, which runs them in every process. So does the default, but then a worker warns about it.
   * @default undefined
   */
  readonly adoptCron?: boolean | AdoptCronOptions;
  /**
   * Allows a production worker to start on a Redis that may evict jobs under memory pressure. Jobs will be lost.
   * @default false
   */
  readonly allowEviction?: boolean;
  /** How long, and how many, finished jobs are kept. @default an hour, dead jobs 180 days, and 10,000 per queue */
  readonly retention?: RetentionOptions;
  /** How often a worker looks for queues with jobs but no live worker. @default '5s' */
  readonly watchInterval?: Duration;
  /**
   * The queues that `@InjectQueue(name)` of @nestjs/bullmq can inject. Leave out the queues that the application registers
   * with `BullModule.registerQueue`.
   * @default all queues of `queues`
   */
  readonly injectQueues?: readonly string[];
}
