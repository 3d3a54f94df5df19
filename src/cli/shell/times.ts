import { humanDuration, minute } from '../../jobs/values/duration.js';
import { UsageError } from './usage-error.js';

/** How times are written. */
export interface TimeView {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** True for times in UTC. @default this machine's time zone */
  readonly utc?: boolean | undefined;
}

/** Writes the distance of a time from now: `3 h ago`, `in 5 min`. */
export function distance(time: Date, now: number): string {
  const ms = time.getTime() - now;
  return ms > 0 ? `in ${humanDuration(ms)}` : `${humanDuration(-ms)} ago`;
}

/** Writes a time in this machine's zone with its offset, `2026-03-29 03:00:00 +02:00`, or in UTC, `2026-03-29 01:00:00Z`. */
export function moment(time: Date, utc: boolean | undefined): string {
  if (Number.isNaN(time.getTime())) return 'unknown';
  if (utc) return written(time, 'Z');
  const offset = -time.getTimezoneOffset();
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const zone = ` ${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
  return written(new Date(time.getTime() + offset * minute), zone);
}

const momentPattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Reads a time that a person has written, also as `moment` writes it: `2027-03-29T03:00`, with or without seconds and a zone.
 *
 * @returns a time without a zone is one of this machine's time zone
 * @throws UsageError
 */
export function readMoment(typed: string, flag: string): Date {
  const [, date = '', clock = '', zone = ''] = momentPattern.exec(typed) ?? [];
  const time = new Date(`${date}T${clock}${zone}`);
  if (!Number.isNaN(time.getTime()) && isDay(date) && !clock.startsWith('24')) return time;
  throw new UsageError(
    `${flag} is not a valid time. Use 2027-03-29T03:00 for this machine's time zone, or 2027-03-29T03:00Z or 2027-03-29T03:00+02:00.`,
  );
}

/** `Date` would read the 30th of February as a day in March. */
function isDay(date: string): boolean {
  const day = new Date(`${date}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

const two = (number: number): string => String(number).padStart(2, '0');

function written(time: Date, zone: string): string {
  const [date = '', clock = ''] = time.toISOString().split('T');
  return `${date} ${clock.slice(0, 8)}${zone}`;
}

/** Converts milliseconds since 1970 for JSON, where all times are ISO strings. */
export function isoTime(ms: number): string | null {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
