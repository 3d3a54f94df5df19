import { checkNames } from '../jobs/discovery/job-names.js';
import type { EnqueuedJob } from '../jobs/enqueue/enqueue-call.js';
import { priorityOf } from '../jobs/job/enqueue-options.js';
import type { FieldsOf, Performable } from '../jobs/job/job.js';
import { planUnique, type UniqueOptions } from '../jobs/job/unique.js';
import { refuseUnknownOptions } from '../jobs/values/did-you-mean.js';

/** The options of `@Job()` that matter when a job is enqueued. Give them the values that the class has. */
export interface ClientJobOptions<Field extends string = string> {
  /** The queue of the class. @default 'default' */
  readonly queue?: string;
  /** The class's `unique`. @default false */
  readonly unique?: UniqueOptions<Field> | boolean;
  /** The class's priority. @default none */
  readonly priority?: number;
  /** The class's former names. `cancelAll` also finds jobs under these names. @default [] */
  readonly aliases?: readonly string[];
}

/** A job class of the application, as `createJobsClient` takes it. */
export interface ClientJob<J extends Performable> {
  readonly options: ClientJobOptions;
  /** For the compiler only. It is never set. */
  readonly jobClass?: () => J;
}

const optionNames = {
  queue: true,
  unique: true,
  priority: true,
  aliases: true,
} satisfies Record<keyof ClientJobOptions, true>;

/**
 * Describes a job class of the application.
 *
 * @example job<ChargeJob>({ queue: 'billing' }) // with `import type { ChargeJob } from '…'`
 */
export function job<J extends Performable = never>(
  options: ClientJobOptions<FieldsOf<NoInfer<J>>> = {},
): ClientJob<NoInfer<J>> {
  return { options };
}

/** A job that a client can enqueue. */
export interface KnownJob extends EnqueuedJob {
  readonly aliases: readonly string[];
}

/**
 * The retry and timeout options of the job come from its class, in the worker. So a client cannot have outdated ones.
 *
 * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NAME_INVALID`
 */
export function knownJob(name: string, options: ClientJobOptions): KnownJob {
  const who = `job() of ${name}`;
  refuseUnknownOptions(options, optionNames, who);
  const { queue = 'default', unique, priority, aliases = [] } = options;
  const known: KnownJob = {
    name,
    aliases,
    queue,
    priority: priorityOf(priority, `${who}: priority`),
    unique: unique ? planUnique(unique, who) : undefined,
    policy: { attempts: Infinity },
    subjects: undefined,
    jobClass: undefined,
  };
  checkNames({ name, jobClass: { name: who } }, aliases);
  return known;
}
