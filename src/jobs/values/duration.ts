import { invalidOption } from './errors.js';

/** Milliseconds as a number, or a number with its unit: `'250ms'`, `'90s'`, `'10m'`, `'3h'`, `'2d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** In milliseconds. */
export const minute = 60_000;
/** In milliseconds. */
export const hour = 60 * minute;
/** In milliseconds. */
export const day = 24 * hour;

const units = { ms: 1, s: 1_000, m: minute, h: hour, d: day } as const;

/**
 * @param option the option's name, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID` for anything that is not a duration of zero or more
 */
export function toMilliseconds(duration: Duration, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(
    typeof duration === 'number' ? `${duration}ms` : duration,
  );
  if (!match) {
    throw invalidOption(
      `${option} is ${JSON.stringify(duration)}, which is no duration. Give milliseconds (1500) or a number with a unit ('90s', '10m', '3h', '2d').`,
    );
  }
  return Math.round(Number(match[1]) * units[match[2] as keyof typeof units]);
}

/** Milliseconds. */
export interface DurationRange {
  readonly least: number;
  readonly most: number;
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` for what is no duration, or one out of range */
export function toMillisecondsWithin(
  { least, most }: DurationRange,
  duration: Duration,
  option: string,
): number {
  const milliseconds = toMilliseconds(duration, option);
  if (milliseconds >= least && milliseconds <= most) return milliseconds;
  throw invalidOption(
    `${option} is ${JSON.stringify(duration)}. Give from ${humanDuration(least)} to ${humanDuration(most)}.`,
  );
}

/** For people: 940 ms, 17 s, 4.5 min, 3 h, 12 d. */
export function humanDuration(ms: number): string {
  const scale: [number, string][] = [
    [units.d, 'd'],
    [units.h, 'h'],
    [units.m, 'min'],
    [units.s, 's'],
  ];
  const [size, unit] = scale.find(([size]) => ms >= size) ?? [1, 'ms'];
  return `${Number((ms / size).toFixed(ms / size < 10 ? 1 : 0))} ${unit}`;
}
