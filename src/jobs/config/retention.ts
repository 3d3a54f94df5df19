import { day, hour, toMillisecondsWithin, type Duration, type DurationRange } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';

export interface KeepOptions {
  /** How long a job is kept after it has finished, from 1 s to ten years. @default '1h', for dead jobs '180d' */
  readonly age?: Duration;
  /** How many of the newest jobs of a queue are kept. @default 10000 */
  readonly count?: number;
}

/** How long finished jobs are kept. A worker deletes older jobs of a queue when a job finishes, and every five minutes. */
export interface RetentionOptions {
  /**
   * Completed jobs. With a `count` of 0 no job is kept. A repeated enqueue is then recognised only until the first job has completed.
   * @default { age: '1h', count: 10000 }
   */
  readonly completed?: KeepOptions;
  /**
   * Dead jobs. `count` must be at least 1. For jobs that need no dead set use `@Job({ dead: false })`.
   * @default { age: '180d', count: 10000 }
   */
  readonly dead?: KeepOptions;
}

/** How long, and how many, finished jobs of one queue are kept. A repeated enqueue is recognised while its job is kept. */
export interface Keep {
  /** The time since the job finished, in milliseconds. */
  readonly age: number;
  /** How many of the newest jobs are kept. */
  readonly count: number;
}

export interface Retention {
  readonly completed: Keep;
  readonly dead: Keep;
}

export const defaultRetention: Retention = {
  completed: { age: hour, count: 10_000 },
  dead: { age: 180 * day, count: 10_000 },
};

/** BullMQ counts the age in seconds. */
const ages: DurationRange = { least: 1_000, most: 3_650 * day };

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveRetention({ completed, dead }: RetentionOptions): Retention {
  if (dead?.count === 0) {
    throw invalidOption(
      'retention.dead.count is 0, so every job that dies would be lost. Use 1 or more. For jobs that need no dead set use @Job({ dead: false }), or JobsModule.forRoot({ defaults: { dead: false } }) for all jobs.',
    );
  }
  return {
    completed: resolveKeep(completed, defaultRetention.completed, 'retention.completed'),
    dead: resolveKeep(dead, defaultRetention.dead, 'retention.dead'),
  };
}

function resolveKeep({ age, count }: KeepOptions = {}, usual: Keep, option: string): Keep {
  return {
    age: age === undefined ? usual.age : toMillisecondsWithin(ages, age, `${option}.age`),
    count: count === undefined ? usual.count : checkCount(count, `${option}.count`),
  };
}

function checkCount(count: number, option: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw invalidOption(`${option} is ${String(count)}. Use a whole number of 0 or more.`);
}
