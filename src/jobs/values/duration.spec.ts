import { describe, expect, it } from 'vitest';
import { humanDuration, toMilliseconds, type Duration } from './duration.js';

describe('toMilliseconds', () => {
  it.each<[Duration, number]>([
    [1_500, 1_500],
    [0, 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('reads %s', (duration, ms) => expect(toMilliseconds(duration, 'delay')).toBe(ms));

  it.each(['10', 'soon', '-5s', '10 m', '', '5w', -1, NaN, Infinity])(
    'refuses %j and shows valid durations',
    (bad) => {
      expect(() => toMilliseconds(bad as Duration, 'delay')).toThrow(
        /^delay is .*'90s', '10m'.*FLEDGE_OPTION_INVALID/,
      );
    },
  );
});

it('writes durations for people', () => {
  expect([0, 940, 1_000, 17_400, 270_000, 10_800_000, 1_036_800_000].map(humanDuration)).toEqual([
    '0 ms',
    '940 ms',
    '1 s',
    '17 s',
    '4.5 min',
    '3 h',
    '12 d',
  ]);
});
