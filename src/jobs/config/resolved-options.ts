import type { Type } from '@nestjs/common';
import type { EnqueueMiddleware, JobMiddleware } from '../job/calls.js';
import type { FailureHandler } from '../job/failure-handler.js';
import type { PolicyOptions } from '../job/retry/policy.js';
import type { ScheduleEntry } from '../job/schedule-entry.js';
import { day, toMillisecondsWithin, type DurationRange } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';
import { positiveInteger } from '../values/positive-integer.js';
import { resolveAdoptCron } from './adopt-cron.js';
import { resolveAppName } from './app-name.js';
import type { AdoptCronOptions, JobsOptions, QueueOptions } from './jobs-options.js';
import { checkOptionNames } from './option-names.js';
import type { RedisOptions, RedisTopology } from './redis-options.js';
import { resolveRetention, type Retention } from './retention.js';

/** Injects the `ResolvedJobsOptions`. */
export const JOBS_OPTIONS = Symbol('nestjs-fledge:options');

export interface ResolvedQueue {
  readonly concurrency: number;
  /** True if the application set the concurrency. */
  readonly declared: boolean;
}

/** Which setting names the store, for messages. */
export interface StoreOrigin {
  /** What names the server: `JOBS_URL`, `the url of JobsModule`, `config/jobs.yml (production)`. */
  readonly from: string;
  /** What the URL comes from, if it stands next to sentinels or a cluster. @default from */
  readonly urlFrom?: string;
  /** True for a command that reports a failure and ends. Other processes reconnect. @default false */
  readonly isCommand?: boolean;
}

/** The options with every default filled in and every value checked. */
export interface ResolvedJobsOptions {
  readonly origin: StoreOrigin;
  readonly url: string | undefined;
  readonly topology: RedisTopology;
  readonly redis: RedisOptions;
  readonly password: string | undefined;
  /** Undefined means the default. The URL may override it. */
  readonly prefix: string | undefined;
  /** The application's name. Undefined if it is not known. */
  readonly app: string | undefined;
  readonly queues: ReadonlyMap<string, ResolvedQueue>;
  /** The names of the options that the application set. The other options are defaults. */
  readonly given: ReadonlySet<string>;
  readonly shutdownTimeout: number;
  readonly healthPort: number | string | undefined;
  readonly loopBlockThreshold: number;
  readonly middleware: readonly (JobMiddleware | Type<JobMiddleware>)[];
  readonly enqueueMiddleware: readonly (EnqueueMiddleware | Type<EnqueueMiddleware>)[];
  readonly handlers: readonly (FailureHandler | Type<FailureHandler>)[];
  readonly payloadLimit: { readonly warn: number; readonly refuse: number };
  readonly resultLimit: { readonly warn: number; readonly keep: number };
  readonly defaults: PolicyOptions;
  readonly schedules: readonly ScheduleEntry[];
  /** The options of adopted methods, or false to adopt none. Undefined if the application has not decided. */
  readonly adoptCron: AdoptCronOptions | false | undefined;
  readonly allowEviction: boolean;
  readonly retention: Retention;
  readonly watchInterval: number;
}

/** Where the store is, and how to connect to it. */
export type StoreAddress = Pick<
  ResolvedJobsOptions,
  'origin' | 'url' | 'password' | 'prefix' | 'topology' | 'redis'
>;

export const shutdownTimeouts: DurationRange = { least: 100, most: day };
/** The event loop is checked ten times per threshold. */
const loopBlockThresholds: DurationRange = { least: 20, most: day };
const watchIntervals: DurationRange = { least: 10, most: day };

const defaultConcurrency = (queue: string): number => (queue === 'mailers' ? 5 : 10);
/** The queues of an application that declares no queues. */
export const defaultQueues: Readonly<Record<string, QueueOptions>> = { default: {}, mailers: {} };

/**
 * @param door what takes the options, for messages
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolveOptions(
  options: JobsOptions,
  env: NodeJS.ProcessEnv = process.env,
  door = 'JobsModule.forRoot',
): ResolvedJobsOptions {
  checkOptionNames(options, door);
  const topology = topologyOf(options, door);
  return {
    origin: originOf(options.url, topology, { env, door }),
    url: options.url || env.JOBS_URL || undefined,
    topology,
    redis: options.redis ?? {},
    password: options.password || env.JOBS_PASSWORD || undefined,
    prefix: options.prefix || env.JOBS_PREFIX || undefined,
    app: resolveAppName(options.app),
    queues: resolveQueues(options.queues ?? defaultQueues),
    given: new Set(namesOfDefined(options)),
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
    ...limitsOf(options),
    defaults: options.defaults ?? {},
    schedules: options.schedules ?? [],
    adoptCron: resolveAdoptCron(options.adoptCron),
    allowEviction: options.allowEviction ?? false,
    retention: resolveRetention(options.retention ?? {}),
    watchInterval: toMillisecondsWithin(watchIntervals, options.watchInterval ?? '5s', 'watchInterval'),
  };
}

function limitsOf({
  payloadLimit,
  resultLimit,
}: JobsOptions): Pick<ResolvedJobsOptions, 'payloadLimit' | 'resultLimit'> {
  const [warnPayload, refuse] = limitPair(payloadLimit?.warn, payloadLimit?.refuse, 'payloadLimit', 'refuse');
  const [warn, keep] = limitPair(resultLimit?.warn, resultLimit?.keep, 'resultLimit', 'keep');
  return { payloadLimit: { warn: warnPayload, refuse }, resultLimit: { warn, keep } };
}

/** Returns the bytes of a warning and those of a limit. Above the limit, there would never be a warning. */
function limitPair(
  warn: number | undefined,
  limit: number | undefined,
  option: string,
  name: string,
): [number, number] {
  const most = positiveInteger(limit ?? 512 * 1024, `${option}.${name}`);
  if (warn === undefined) return [Math.min(64 * 1024, most), most];
  if (positiveInteger(warn, `${option}.warn`) <= most) return [warn, most];
  throw invalidOption(
    `${option}.warn is ${warn}, more than ${option}.${name}, which is ${most}, so it would never warn. Lower warn, or raise ${name}.`,
  );
}

function originOf(
  url: string | undefined,
  { kind }: RedisTopology,
  { env, door }: { readonly env: NodeJS.ProcessEnv; readonly door: string },
): StoreOrigin {
  const [owner = door] = door.split('.');
  // The code may only pass on the variable.
  const urlFrom = url && url !== env.JOBS_URL ? `the url of ${owner}` : 'JOBS_URL';
  return kind === 'url' ? { from: urlFrom } : { from: `the ${kind} of ${owner}`, urlFrom };
}

function topologyOf({ sentinel, cluster }: JobsOptions, door: string): RedisTopology {
  if (cluster && sentinel)
    throw invalidOption(
      `Both sentinel and cluster are set in ${door}. A store is either behind sentinels or a cluster. Set only one of them.`,
    );
  if (cluster) return { kind: 'cluster', cluster };
  return sentinel ? { kind: 'sentinel', sentinel } : { kind: 'url' };
}

function resolveQueues(queues: Readonly<Record<string, QueueOptions>>): Map<string, ResolvedQueue> {
  const names = Object.keys(queues);
  if (names.length === 0) {
    throw invalidOption(
      'queues is empty, so there is no queue for any job. Declare at least one queue, for example { default: {} }, or remove the option.',
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
  throw invalidOption(
    `Invalid queue name: ${JSON.stringify(name)}. Use at most 100 letters, digits, "_", "-" and ".", and start with a letter or digit.`,
  );
}

function namesOfDefined(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
}
