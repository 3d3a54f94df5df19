import { day, hour, minute } from '../../jobs/values/duration.js';
import { differences, type Difference } from './matching.js';
import { show } from './show.js';

/** One expected property of a record. */
export interface Aspect<Record> {
  readonly name: string;
  readonly wanted: unknown;
  /** `wanted` as text, for messages. */
  readonly expected: string;
  readonly valueOf: (record: Record) => unknown;
  readonly differences: (record: Record) => Difference[];
}

/** Returns the differences between a value and `wanted`, or an empty array if it fits. */
export type Compare<Value, Wanted> = (actual: Value, wanted: Wanted, name: string) => Difference[];

/** Returns a function that makes the aspects of a kind of record. It makes none if nothing is wanted. */
export function aspectsOf<Record>() {
  return function aspect<Value, Wanted>(
    name: string,
    wanted: Wanted | undefined,
    valueOf: (record: Record) => Value,
    compare: Compare<Value, Wanted> = differences,
    showWanted: (wanted: Wanted) => string = show,
  ): Aspect<Record>[] {
    if (wanted === undefined) return [];
    const compared = (record: Record): Difference[] => compare(valueOf(record), wanted, name);
    return [{ name, wanted, expected: showWanted(wanted), valueOf, differences: compared }];
  };
}

/** Returns a difference, or an empty array if the value `fits`. */
export function unless(fits: boolean, path: string, actual: string, expected: string): Difference[] {
  return fits ? [] : [{ path, actual, expected }];
}

/** In milliseconds. The test and the application read the clock at different times. */
const precision = 1_000;
const units = [
  [day, 'd'],
  [hour, 'h'],
  [minute, 'min'],
  [1_000, 's'],
] as const;

/** Compares times, or durations in milliseconds, to the second. */
export function nearly<Value extends Date | number>(
  showValue: (value: Value) => string,
): Compare<Value, Value> {
  return (actual, wanted, name) =>
    unless(Math.abs(Number(actual) - Number(wanted)) < precision, name, showValue(actual), showValue(wanted));
}

/** Returns whether a delay in milliseconds is over, to the second. */
export function isDue(delay: number): boolean {
  return delay < precision;
}

/** Returns `1 h 4 s`, or `none`. Two delays that differ by a second also differ in this text. */
export function humanDelay(delay: number): string {
  if (isDue(delay)) return 'none';
  let rest = delay;
  const parts = units.flatMap(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return parts.join(' ');
}
