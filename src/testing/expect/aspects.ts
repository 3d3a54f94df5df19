import { differences, type Difference } from './matching.js';
import { show } from './show.js';

/** One thing that is expected of a record. */
export interface Aspect<Record> {
  readonly name: string;
  readonly wanted: unknown;
  /** `wanted`, as a message says it. */
  readonly expected: string;
  readonly valueOf: (record: Record) => unknown;
  readonly differences: (record: Record) => Difference[];
}

/** Where a value is not as `wanted`; nothing when it is. */
export type Compare<Value, Wanted> = (actual: Value, wanted: Wanted, name: string) => Difference[];

/** How aspects of these records are made: each is one, or none when nothing is wanted. */
export function aspectsOf<Record>() {
  return function aspect<Value, Wanted>(
    name: string,
    wanted: Wanted | undefined,
    valueOf: (record: Record) => Value,
    compare: Compare<Value, Wanted> = differences,
    say: (wanted: Wanted) => string = show,
  ): Aspect<Record>[] {
    if (wanted === undefined) return [];
    const compared = (record: Record): Difference[] => compare(valueOf(record), wanted, name);
    return [{ name, wanted, expected: say(wanted), valueOf, differences: compared }];
  };
}

/** A difference, unless it `fits`. */
export function unless(fits: boolean, path: string, actual: string, expected: string): Difference[] {
  return fits ? [] : [{ path, actual, expected }];
}

/** Within a second: whoever computes a time reads a clock of his own. */
const precision = 1_000;
const units = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** Times, or milliseconds, to the second. */
export function nearly<Value extends Date | number>(say: (value: Value) => string): Compare<Value, Value> {
  return (actual, wanted, name) =>
    unless(Math.abs(Number(actual) - Number(wanted)) < precision, name, say(actual), say(wanted));
}

/** `due`, or `in 1 h 4 s`: two that differ by what counts read differently, too. */
export function humanDelay(ms: number): string {
  if (ms < precision) return 'due';
  let rest = Math.floor(ms / precision);
  const parts = units.flatMap(([seconds, unit]) => {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return `in ${parts.join(' ')}`;
}
