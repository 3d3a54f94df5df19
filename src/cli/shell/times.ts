import { humanDuration, minute } from '../../jobs/values/duration.js';

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
