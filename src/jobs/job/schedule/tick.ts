import { minute } from '../../values/duration.js';
import { FledgeError } from '../../values/errors.js';
import { isMissedTicks, isTiming, nextTick, type MissedTicks, type Timing } from './timing.js';
import { isObject, isText } from '../../values/readers.js';

/** The part of a job's envelope that describes the schedule that made the job. */
export interface TickNote {
  /** The name of the schedule. */
  readonly schedule: string;
  readonly timing: Timing;
  readonly missed: MissedTicks;
  /** Set if the schedule may have only one run at once. */
  readonly overlap?: 'skip';
}

/** Returns whether a value from the store is a tick note. */
export function isTickNote(value: unknown): value is TickNote {
  if (!isObject(value) || !isText(value.schedule)) return false;
  const { timing, missed, overlap } = value;
  return isTiming(timing) && isMissedTicks(missed) && (overlap === undefined || overlap === 'skip');
}

/** One time at which a schedule is due. */
export interface Tick {
  readonly schedule: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** A tick counts as late after this time in milliseconds, or once the next tick is due. */
const missedAfter = minute;

/**
 * The id of a schedule's scheduler in BullMQ. It has no colons, because BullMQ separates with them. Its prefix separates it
 * from the application's schedulers.
 */
export function schedulerIdOf(schedule: string): string {
  return `fledge-${encodeURIComponent(schedule)}`;
}

/** The id of the only job of a tick. Both stores use the form that BullMQ makes. */
export function tickIdOf(schedule: string, tick: number): string {
  return `repeat:${schedulerIdOf(schedule)}:${tick}`;
}

/** Returns the tick of the job with this id, or undefined if no schedule made the job. */
export function tickOf(id: string): Tick | undefined {
  if (!id.startsWith('repeat:fledge-')) return undefined;
  const [, schedule, at] = /^repeat:fledge-([^:]+):(\d+)$/.exec(id) ?? [];
  if (schedule === undefined) return undefined;
  try {
    return { schedule: decodeURIComponent(schedule), at: Number(at) };
  } catch {
    // The application may have a job scheduler called `fledge-50%`.
    return undefined;
  }
}

/** Returns whether a tick is late. */
export function isTooLate(timing: Timing, tick: number, now: number): boolean {
  if (now - tick > missedAfter) return true;
  try {
    return now >= nextTick(timing, tick);
  } catch {
    // The stored timing may be damaged.
    return false;
  }
}

/** Returns the reason for dropping a missed tick. */
export function tickMissed({ schedule, at }: Tick): FledgeError {
  return new FledgeError(
    'FLEDGE_TICK_MISSED',
    `The tick of ${schedule} at ${new Date(at).toISOString()} was missed because no worker was there to start it. To run missed ticks once, set missed: 'once' on the schedule.`,
  );
}

/** Returns the reason for dropping a run because an earlier run of its schedule is still running. */
export function tickOverlaps(schedule: string): FledgeError {
  return new FledgeError(
    'FLEDGE_TICK_OVERLAP',
    `A run of ${schedule} was skipped because an earlier run is still running. To allow runs at the same time, remove overlap: 'skip' (or waitForCompletion from @Cron).`,
  );
}
