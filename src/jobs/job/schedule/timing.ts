import { Cron } from 'croner';
import { toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { asError, invalidOption } from '../../values/errors.js';
import { isObject, isText, isWithin } from '../../values/readers.js';

/** What becomes of a tick that came while no worker was there, and that is more than a minute, or a tick, late. */
export type MissedTicks = 'skip' | 'once';

interface AnySchedule {
  /**
   * What becomes of ticks that came while no worker was there: `'skip'` drops them, with `'once'` one run makes up for
   * all of them as soon as a worker is back. One that is less than a minute late, and before the following tick, runs
   * anyway. A tick that merely waited in a busy queue, or came in a gap of less than 45 s between two workers, is not
   * missed.
   * @default 'skip'
   */
  readonly missed?: MissedTicks;
}

export interface CronSchedule extends AnySchedule {
  /**
   * Five fields: minute, hour, day of the month, month, day of the week; or six, beginning with the second. Lists,
   * ranges, steps, names (`MON`, `JAN`) and `L` for a month's last day are understood; where both a day of the month
   * and a day of the week are given, either will do. As Vixie's cron on the days that clocks change: a time that does
   * not exist comes when the gap ends, one that exists twice comes once, and what has a wildcard or a step goes by real
   * time. croner does the arithmetic, with its `fixedTimeRule: 'no-wildcard'`.
   */
  readonly cron: string;
  /** An IANA name such as `'Europe/Berlin'`: whose clock and calendar `cron` goes by. @default 'UTC' */
  readonly timezone?: string;
  readonly every?: never;
}

export interface EverySchedule extends AnySchedule {
  /**
   * The time between two ticks, from 1 s to 365 d. Ticks are the multiples of it since 1970: every process computes the
   * same ones, whatever was restarted or lost. `'1h'` ticks on the hour, `'1d'` at midnight UTC; for another clock use
   * `cron`.
   */
  readonly every: Duration;
  readonly cron?: never;
  readonly timezone?: never;
}

/** When a job runs by itself: `cron` or `every`. */
export type ScheduleOptions = CronSchedule | EverySchedule;

/** No schedule; all of its options belong to one. */
export interface Unscheduled {
  readonly cron?: never;
  readonly every?: never;
  readonly timezone?: never;
  readonly missed?: never;
}

/** Checked, with its defaults filled in. `every` is in milliseconds. */
export type Timing = { readonly cron: string; readonly timezone: string } | { readonly every: number };

const everyRange: DurationRange = { least: 1_000, most: 365 * 24 * 3_600_000 };

/**
 * @param who names the class and where its options are, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolveTiming(options: ScheduleOptions | Unscheduled, who: string): Timing {
  const { cron, every, timezone } = options as { cron?: string; every?: Duration; timezone?: string };
  if (cron !== undefined && every !== undefined)
    throw invalidOption(`${who} has both cron and every. Give one.`);
  if (every !== undefined) {
    if (timezone !== undefined) {
      throw invalidOption(
        `${who} has a timezone beside every, whose ticks are the same everywhere. Leave it out, or use cron.`,
      );
    }
    return { every: toMillisecondsWithin(everyRange, every, `${who}: every`) };
  }
  if (cron === undefined) throw invalidOption(`${who} says neither cron nor every. Give one.`);
  const timing = { cron, timezone: checkTimezone(timezone ?? 'UTC', who) };
  checkCron(timing, who);
  return timing;
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function resolveMissed(missed: MissedTicks | undefined, who: string): MissedTicks {
  if (missed === undefined || missed === 'skip' || missed === 'once') return missed ?? 'skip';
  throw invalidOption(`${who}: missed is ${JSON.stringify(missed)}. Give 'skip' or 'once'.`);
}

/** Whether this, which came back from the store, is a timing. Its cron expression is not parsed: that is up to `nextTick`. */
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
 * The first tick after a time; both are milliseconds since 1970.
 * @throws Error for a timing that `resolveTiming` has not made
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
  const fields = String(cron).trim().split(/\s+/);
  if (typeof cron !== 'string' || (fields.length !== 5 && fields.length !== 6)) {
    throw invalidOption(
      `${who}: cron is ${JSON.stringify(cron)}. Give five fields (minute, hour, day of month, month, day of week) or six, beginning with the second: '0 3 * * *' is every day at three.`,
    );
  }
  try {
    nextTick(timing, Date.now());
  } catch (thrown) {
    throw invalidOption(
      `${who}: cron is ${JSON.stringify(cron)}, which cannot be read or never comes: ${asError(thrown).message}. '0 3 * * *' is every day at three.`,
    );
  }
}

function checkTimezone(timezone: string, who: string): string {
  try {
    // Newer versions of Node know offsets ("+01:00") too; these have no summer.
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError();
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    throw invalidOption(
      `${who}: timezone is ${JSON.stringify(timezone)}, which is not known. Give an IANA name: 'Europe/Berlin', 'America/New_York', 'UTC'.`,
    );
  }
}
