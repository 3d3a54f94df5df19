import { toMillisecondsWithin, type Duration } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';
import { spans, type CallPolicyOptions } from './retry/policy.js';
import { positiveInteger } from '../values/positive-integer.js';
import type { UniqueOptions } from './unique.js';

/** When a job is to run: at once, later, or at a time. */
export type When =
  | {
      /** Run it this much later: milliseconds, `'90s'`, `'10m'`, `'2d'`. @default at once */
      readonly delay?: Duration;
      readonly at?: never;
    }
  | {
      readonly delay?: never;
      /** Run it at this time: a Date, or milliseconds since 1970. A time that has passed means at once. @default at once */
      readonly at?: Date | number;
    };

/** What calls for several jobs may say. */
export type SharedEnqueueOptions<Field extends string = never> = When &
  CallPolicyOptions & {
    /** Another declared queue than the job's own. */
    readonly queue?: string;
    /** 1 is first, 2,097,152 last; jobs without a priority come before all that have one. */
    readonly priority?: number;
    /** Other than the class says; false: however many there are. @default as the class says */
    readonly unique?: UniqueOptions<Field> | false;
  };

/** What one call may say; whatever it leaves out is as the job's `@Job()` says. */
export type EnqueueOptions<Field extends string = never> = SharedEnqueueOptions<Field> & {
  /**
   * Repeats an enqueue whose outcome is unknown: the `jobId` of a `FLEDGE_STORE_TIMEOUT`. If that job is there, the
   * receipt says `duplicate` and there is no second one. Not a key of your own: ids are Fledge's.
   * @default a new id
   */
  readonly id?: string;
};

/** Options for all jobs of an `enqueueAll`, or a function that gives each its own. */
export type BulkEnqueueOptions<Payload, Field extends string = never> =
  SharedEnqueueOptions<Field> | ((payload: Payload, index: number) => EnqueueOptions<Field>);

const maxPriority = 2_097_152;

/**
 * Milliseconds from now.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function delayOf({ delay, at }: { delay?: Duration; at?: Date | number }): number {
  if (delay !== undefined && at !== undefined) {
    throw invalidOption('Both delay and at are given. Give one of them.');
  }
  if (at === undefined)
    return delay === undefined ? 0 : toMillisecondsWithin({ ...spans, least: 0 }, delay, 'delay');
  const time = at instanceof Date ? at.getTime() : at;
  if (!Number.isFinite(time)) {
    throw invalidOption(`at is ${String(at)}. Give a valid Date or milliseconds since 1970.`);
  }
  const wait = Math.max(0, Math.round(time - Date.now()));
  if (wait <= spans.most) return wait;
  throw invalidOption(
    `at is ${new Date(time).toISOString()}, more than ten years from now. Is it in milliseconds?`,
  );
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function priorityOf(priority: number | undefined, option = 'priority'): number | undefined {
  if (priority === undefined || positiveInteger(priority, option) <= maxPriority) return priority;
  throw invalidOption(`${option} is ${priority}. Give 1 (first) to ${maxPriority} (last).`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return id;
  throw invalidOption(
    `id is ${JSON.stringify(id)}, which Fledge did not give out. Pass the jobId of a FLEDGE_STORE_TIMEOUT, or leave it out.`,
  );
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function refuseSharedId(): never {
  throw invalidOption(
    'enqueueAll was given one id for all payloads, so that all but one would be lost. Leave it out, or give each its own: (payload, index) => ({ id: … }).',
  );
}
