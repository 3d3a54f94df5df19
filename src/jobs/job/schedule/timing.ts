import { Cron } from 'croner';
import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { asError, invalidOption } from '../../values/errors.js';
import { isObject, isText, isWithin } from '../../values/readers.js';

/**
 * What happens to a missed tick. A tick is missed if no worker was there and it is more than a minute late, or the next tick
 * is due.
 */
export type MissedTicks = 'skip' | 'once';

/** What happens to a tick while an earlier run of its schedule is still running, in any worker. */
export type OverlappingRuns = 'allow' | 'skip';

interface AnySchedule {
  /**
   * What happens to ticks that were due while there was no worker. `'skip'` drops them. With `'once'`, one run replaces all of
   * them as soon as a worker is back. A tick that is less than a minute late still runs, unless the next tick is due. A tick
   * that waited in a busy queue is not missed. A tick in a gap of under 45 s between two workers is not missed either.
   * @default 'skip'
   */
  readonly missed?: MissedTicks;
  /**
   * What happens to a tick while an earlier run is still running, in any worker. `'allow'` starts it next to the earlier run.
   * `'skip'` drops it, so the schedule never has two runs at once. After a crash of its worker, a run counts as running until
   * its lock has expired, at most 30 s later.
   * @default 'allow'
   */
  readonly overlap?: OverlappingRuns;
}

export interface CronSchedule extends AnySchedule {
  /**
   * Five fields: minute, hour, day of the month, month, day of the week. An optional sixth field for the second comes first.
   * Supports lists, ranges, steps, names (`MON`, `JAN`) and `L` for the last day of a month. If both a day of the month and a
   * day of the week are set, one of them has to match.
   *
   * When the clocks change, the rules of Vixie's cron apply. A time that does not exist is due when the gap ends. A time that
   * exists twice is due once. An expression with a wildcard or a step follows real time. The times are computed by croner,
   * with its `fixedTimeRule: 'no-wildcard'`.
   */
  readonly cron: string;
  /** The time zone of `cron`, as an IANA name such as `'Europe/Berlin'`. @default 'UTC' */
  readonly timezone?: string;
  readonly every?: never;
}

export interface EverySchedule extends AnySchedule {
  /**
   * The time between two ticks, from 1 s to 365 d. Ticks are its multiples since 1970, so every process computes the same
   * ticks, even after a restart. `'1h'` ticks on the hour, and `'1d'` at midnight UTC. For another time zone use `cron`.
   */
  readonly every: Duration;
  readonly cron?: never;
  readonly timezone?: never;
}

/** When a schedule runs its job: `cron` or `every`. */
export type ScheduleOptions = CronSchedule | EverySchedule;

/** A job without a schedule. The options of schedules are not allowed. */
export interface Unscheduled {
  readonly cron?: never;
  readonly every?: never;
  readonly timezone?: never;
  readonly missed?: never;
  readonly overlap?: never;
}

/** The checked timing of a schedule, with all defaults. `every` is in milliseconds. */
export type Timing = { readonly cron: string; readonly timezone: string } | { readonly every: number };

/**
 * Time zones and expressions that were checked lately. A check takes half a millisecond, and thousands of schedules that are made
 * at run time may have the same ones.
 */
const checked = new Set<string>();
const mostChecked = 1_000;

function noteChecked(key: string): void {
  if (checked.size >= mostChecked) checked.clear();
  checked.add(key);
}

const everyRange: DurationRange = { least: 1_000, most: 365 * day };

/**
 * @param who the class and the place of its options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolveTiming(options: ScheduleOptions | Unscheduled, who: string): Timing {
  const { cron, every, timezone }: { cron?: string; every?: Duration; timezone?: string } = options;
  if (cron !== undefined && every !== undefined)
    throw invalidOption(`${who} has both cron and every. Set only one of them.`);
  if (every !== undefined) {
    if (timezone !== undefined) {
      throw invalidOption(
        `${who} has a timezone, but every has the same ticks in every time zone. Remove timezone, or use cron.`,
      );
    }
    return { every: toMillisecondsWithin(everyRange, every, `${who}: every`) };
  }
  if (cron === undefined) throw invalidOption(`${who} has neither cron nor every. Set one of them.`);
  const timing = { cron, timezone: checkTimezone(timezone ?? 'UTC', who) };
  checkCron(timing, who);
  return timing;
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveMissed(missed: MissedTicks | undefined, who: string): MissedTicks {
  if (missed === undefined || missed === 'skip' || missed === 'once') return missed ?? 'skip';
  throw invalidOption(`${who}: missed is ${JSON.stringify(missed)}. Use 'skip' or 'once'.`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveOverlap(overlap: OverlappingRuns | undefined, who: string): OverlappingRuns {
  if (overlap === undefined || overlap === 'allow' || overlap === 'skip') return overlap ?? 'allow';
  throw invalidOption(`${who}: overlap is ${JSON.stringify(overlap)}. Use 'allow' or 'skip'.`);
}

/** Returns whether a value from the store is a timing. Does not parse its cron expression. `nextTick` does. */
export function isTiming(value: unknown): value is Timing {
  if (!isObject(value)) return false;
  const { every, cron, timezone } = value;
  if (every !== undefined) return isWithin(every, everyRange.least, everyRange.most);
  return isText(cron) && isText(timezone);
}

export function isMissedTicks(value: unknown): value is MissedTicks {
  return value === 'skip' || value === 'once';
}

/**
 * Returns the first tick after a time. Both are in milliseconds since 1970.
 * @throws Error if `resolveTiming` did not check the timing
 */
export function nextTick(timing: Timing, after: number): number {
  if ('every' in timing) return (Math.floor(after / timing.every) + 1) * timing.every;
  const next = parse(timing).nextRun(new Date(after));
  if (next === null) throw new Error(`"${timing.cron}" has no tick after ${new Date(after).toISOString()}`);
  return next.getTime();
}

function parse({ cron, timezone }: { readonly cron: string; readonly timezone: string }): Cron {
  return new Cron(cron, { timezone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
}

function checkCron(timing: { readonly cron: string; readonly timezone: string }, who: string): void {
  const { cron } = timing;
  const key = `${cron} ${timing.timezone}`;
  if (typeof cron === 'string' && checked.has(key)) return;
  const fields = String(cron).trim().split(/\s+/);
  if (typeof cron !== 'string' || (fields.length !== 5 && fields.length !== 6)) {
    throw invalidOption(
      `${who}: cron is ${JSON.stringify(cron)}. Use five fields (minute, hour, day of month, month, day of week), or six that start with the second. For example, '0 3 * * *' is every day at three.`,
    );
  }
  try {
    nextTick(timing, Date.now());
    noteChecked(key);
  } catch (thrown) {
    throw invalidOption(
      `${who}: cron is ${JSON.stringify(cron)}, which cannot be read or is never due (${asError(thrown).message}). Correct it. For example, '0 3 * * *' is every day at three.`,
    );
  }
}

function checkTimezone(timezone: string, who: string): string {
  if (checked.has(timezone)) return timezone;
  try {
    // Newer versions of Node accept offsets ("+01:00") as well. Offsets have no summer time.
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError();
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    noteChecked(timezone);
    return timezone;
  } catch {
    throw invalidOption(
      `${who}: timezone is ${JSON.stringify(timezone)}, which is not a known time zone. Use an IANA name such as 'Europe/Berlin', 'America/New_York' or 'UTC'.`,
    );
  }
}
