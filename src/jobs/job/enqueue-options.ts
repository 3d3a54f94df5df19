import { toMillisecondsWithin, type Duration } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';
import { spans, type CallPolicyOptions } from './retry/policy.js';
import { positiveInteger } from '../values/positive-integer.js';
import type { UniqueOptions } from './unique.js';

/** When a job runs: at once, after a delay, or at a time. */
export type When =
  | {
      /** Runs the job after this delay: milliseconds, `'90s'`, `'10m'`, `'2d'`. @default at once */
      readonly delay?: Duration;
      readonly at?: never;
    }
  | {
      readonly delay?: never;
      /** Runs the job at this time: a Date, or milliseconds since 1970. A time that has passed means at once. @default at once */
      readonly at?: Date | number;
    };

/** The options that all jobs of one `enqueueAll` may share. */
export type SharedEnqueueOptions<Field extends string = never> = When &
  CallPolicyOptions & {
    /** A declared queue. @default the class's queue */
    readonly queue?: string;
    /** From 1, which runs first, to 2,097,152. Jobs without a priority run before all jobs with one. @default the class's `priority` */
    readonly priority?: number;
    /**
     * Overrides the class's `unique`. `true` makes the whole payload the key, and `false` means that the job is not unique.
     * @default the class's `unique`
     */
    readonly unique?: UniqueOptions<Field> | boolean;
  };

/** The options of one enqueue. They override the options of `@Job()`. */
export type EnqueueOptions<Field extends string = never> = SharedEnqueueOptions<Field> & {
  /**
   * Repeats an enqueue whose outcome is unknown. Pass the `jobId` of a `FLEDGE_STORE_TIMEOUT`. If the job exists, no second
   * job is enqueued and the receipt's status is `duplicate`. Keys of your own are refused, because Fledge makes the ids.
   * @default a new id
   */
  readonly id?: string;
};

/** Options for all jobs of an `enqueueAll`, or a function that returns the options of each job. */
export type BulkEnqueueOptions<Payload, Field extends string = never> =
  SharedEnqueueOptions<Field> | ((payload: Payload, index: number) => EnqueueOptions<Field>);

export const enqueueOptionNames = {
  delay: true,
  at: true,
  attempts: true,
  retryFor: true,
  backoff: true,
  timeout: true,
  expiresIn: true,
  queue: true,
  priority: true,
  unique: true,
  id: true,
} satisfies Record<keyof EnqueueOptions, true>;

const maxPriority = 2_097_152;

/**
 * Returns the delay in milliseconds.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function delayOf({ delay, at }: { delay?: Duration; at?: Date | number }): number {
  if (delay !== undefined && at !== undefined) {
    throw invalidOption('Both delay and at are set. Set only one of them.');
  }
  if (at === undefined)
    return delay === undefined ? 0 : toMillisecondsWithin({ ...spans, least: 0 }, delay, 'delay');
  const time = at instanceof Date ? at.getTime() : at;
  if (!Number.isFinite(time)) {
    throw invalidOption(`at is ${String(at)}. Use a valid Date or milliseconds since 1970.`);
  }
  const wait = Math.max(0, Math.round(time - Date.now()));
  if (wait <= spans.most) return wait;
  throw invalidOption(
    `at is ${new Date(time).toISOString()}, more than ten years from now. Use a Date or milliseconds since 1970.`,
  );
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function priorityOf(priority: number | undefined, option = 'priority'): number | undefined {
  if (priority === undefined || positiveInteger(priority, option) <= maxPriority) return priority;
  throw invalidOption(`${option} is ${priority}. Use a number from 1 (first) to ${maxPriority} (last).`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return id;
  throw invalidOption(
    `id is ${JSON.stringify(id)}, which is not an id made by Fledge. Pass the jobId of a FLEDGE_STORE_TIMEOUT, or omit the option.`,
  );
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function refuseSharedId(): never {
  throw invalidOption(
    'enqueueAll got one id for all payloads, so all jobs but one would be lost. Remove it, or pass a function that returns an id for each payload: (payload, index) => ({ id: … }).',
  );
}
