import { FledgeError } from '../../values/errors.js';
import { isMissedTicks, isTiming, nextTick, type MissedTicks, type Timing } from './timing.js';
import { isObject, isText } from '../../values/readers.js';

/** What a job that a schedule made knows about it; a part of its envelope. */
export interface TickNote {
  /** Its name. */
  readonly schedule: string;
  readonly timing: Timing;
  readonly missed: MissedTicks;
}

/** Whether this, which came back from the store, is such a note. */
export function isTickNote(value: unknown): value is TickNote {
  return isObject(value) && isText(value.schedule) && isTiming(value.timing) && isMissedTicks(value.missed);
}

/** One moment of a schedule. */
export interface Tick {
  readonly schedule: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A tick is missed only when it is at least so late, or later than the one after it; milliseconds. */
const missedAfter = 60_000;

/** The id of a schedule's scheduler in BullMQ, which takes colons for its own; unlike those of an application. */
export function schedulerIdOf(schedule: string): string {
  return `fledge-${encodeURIComponent(schedule)}`;
}

/** The id of the one job of a tick, in both stores as BullMQ makes it. */
export function tickIdOf(schedule: string, tick: number): string {
  return `repeat:${schedulerIdOf(schedule)}:${tick}`;
}

/** The tick that a job with this id belongs to; undefined for a job that no schedule made. */
export function tickOf(id: string): Tick | undefined {
  if (!id.startsWith('repeat:fledge-')) return undefined;
  const [, schedule, at] = /^repeat:fledge-([^:]+):(\d+)$/.exec(id) ?? [];
  if (schedule === undefined) return undefined;
  try {
    return { schedule: decodeURIComponent(schedule), at: Number(at) };
  } catch {
    // An application has called a job scheduler `fledge-50%`.
    return undefined;
  }
}

/** Whether a tick is too late to pass for punctual. */
export function isTooLate(timing: Timing, tick: number, now: number): boolean {
  if (now - tick > missedAfter) return true;
  try {
    return now >= nextTick(timing, tick);
  } catch {
    // What is stored may be damaged.
    return false;
  }
}

/** Why a missed tick is dropped. */
export function tickMissed({ schedule, at }: Tick): FledgeError {
  return new FledgeError(
    'FLEDGE_TICK_MISSED',
    `The tick of ${schedule} at ${new Date(at).toISOString()} was missed: no worker was there to start it. It is not made up for; missed: 'once' would do that.`,
  );
}
