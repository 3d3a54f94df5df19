import { toMillisecondsWithin, type Duration, type DurationRange } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';

export interface KeepOptions {
  /** How long after it has finished. From 1 s to ten years. @default '1h', for dead jobs '180d' */
  readonly age?: Duration;
  /** How many of a queue, the newest. @default 10000 */
  readonly count?: number;
}

/** How long finished jobs are kept. A worker looks after a queue's when one of its jobs finishes, and every five minutes. */
export interface RetentionOptions {
  /** A `count` of 0 keeps none; a repeated add is then recognised only until the first has completed. */
  readonly completed?: KeepOptions;
  /** At least one: for jobs that need no dead set there is `@Job({ dead: false })`. */
  readonly dead?: KeepOptions;
}

/** How long and how many finished jobs of one queue are kept. While one is kept, a repeated add is recognised. */
export interface Keep {
  /** Milliseconds since it finished. */
  readonly age: number;
  /** The newest so many. */
  readonly count: number;
}

export interface Retention {
  readonly completed: Keep;
  readonly dead: Keep;
}

export const defaultRetention: Retention = {
  completed: { age: 3_600_000, count: 10_000 },
  dead: { age: 180 * 24 * 3_600_000, count: 10_000 },
};

/** BullMQ counts in seconds. */
const ages: DurationRange = { least: 1_000, most: 3_650 * 24 * 3_600_000 };

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveRetention({ completed, dead }: RetentionOptions): Retention {
  if (dead?.count === 0) {
    throw invalidOption(
      'retention.dead.count is 0, so that every job that dies would be lost. Give 1 or more; for jobs that need no dead set write @Job({ dead: false }), or JobsModule.forRoot({ defaults: { dead: false } }) for all.',
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
  throw invalidOption(`${option} is ${String(count)}. Give a whole number of 0 or more.`);
}
