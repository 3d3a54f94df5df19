import { invalidOption } from './errors.js';

/** Milliseconds as a number, or a number with its unit: `'250ms'`, `'90s'`, `'10m'`, `'3h'`, `'2d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export const second = 1_000;
/** In milliseconds. */
export const minute = 60 * second;
/** In milliseconds. */
export const hour = 60 * minute;
/** In milliseconds. */
export const day = 24 * hour;

const units: Readonly<Record<string, number>> = { ms: 1, s: second, m: minute, h: hour, d: day };

/**
 * @param option the option's name, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID` for anything that is not a duration of zero or more
 */
export function toMilliseconds(duration: Duration, option: string): number {
  const text = typeof duration === 'number' ? `${duration}ms` : duration;
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const size = units[unit];
  if (size === undefined) {
    throw invalidOption(
      `${option} is ${JSON.stringify(duration)}, which is not a duration. Use milliseconds (1500) or a number with a unit ('90s', '10m', '3h', '2d').`,
    );
  }
  return Math.round(Number(count) * size);
}

/** The shortest and the longest duration that an option takes, in milliseconds. */
export interface DurationRange {
  readonly least: number;
  readonly most: number;
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` for anything that is not a duration, and for a duration out of range */
export function toMillisecondsWithin(
  { least, most }: DurationRange,
  duration: Duration,
  option: string,
): number {
  const milliseconds = toMilliseconds(duration, option);
  if (milliseconds >= least && milliseconds <= most) return milliseconds;
  throw invalidOption(
    `${option} is ${JSON.stringify(duration)}. Use a duration from ${humanDuration(least)} to ${humanDuration(most)}.`,
  );
}

/** Writes a duration for people: `940 ms`, `17 s`, `4.5 min`, `3 h`, `12 d`. */
export function humanDuration(ms: number): string {
  const scale: [number, string][] = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'min'],
    [second, 's'],
  ];
  const [size, unit] = scale.find(([size]) => ms >= size) ?? [1, 'ms'];
  return `${Number((ms / size).toFixed(ms / size < 10 ? 1 : 0))} ${unit}`;
}
