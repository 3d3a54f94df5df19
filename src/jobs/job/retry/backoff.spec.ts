import { describe, expect, it } from 'vitest';
import { backoffAfter, planBackoff, sidekiqBackoff, type Backoff } from './backoff.js';

describe('Sidekiq’s curve', () => {
  it('is n⁴ + 15 seconds plus up to 10·(n+1) seconds after retry n', () => {
    const bounds = [1, 2, 3, 4, 24].map((attempt) => [
      sidekiqBackoff(attempt, () => 0),
      sidekiqBackoff(attempt, () => 1),
    ]);
    expect(bounds).toEqual([
      [15_000, 25_000],
      [16_000, 36_000],
      [31_000, 61_000],
      [96_000, 136_000],
      [279_856_000, 280_096_000],
    ]);
  });

  it('takes about 17 days over 25 attempts', () => {
    let total = 0;
    for (let attempt = 1; attempt <= 24; attempt++) total += sidekiqBackoff(attempt, () => 0.5);
    expect(total / 86_400_000).toBeGreaterThan(16.4);
    expect(total / 86_400_000).toBeLessThan(16.8);
  });
});

describe('backoffAfter', () => {
  const error = new Error('slow down');
  const waits = (backoff: Backoff, attempts: number[], random = () => 0): number[] =>
    attempts.map((attempt) => backoffAfter(planBackoff(backoff, 'backoff'), attempt, error, random));

  it('is Sidekiq’s curve without a plan', () => {
    expect(backoffAfter(undefined, 1, error)).toBeGreaterThanOrEqual(15_000);
  });

  it('is constant for a duration', () => {
    expect(waits('30s', [1, 2, 9])).toEqual([30_000, 30_000, 30_000]);
  });

  it('uses the durations of a list in turn and repeats the last', () => {
    expect(waits(['1s', '10s', 60_000], [1, 2, 3, 4])).toEqual([1_000, 10_000, 60_000, 60_000]);
  });

  it('doubles up to max, which is a day by default', () => {
    const doubling = { type: 'exponential', delay: '1s', max: '5s', jitter: 0 } as const;
    expect(waits(doubling, [1, 2, 3, 4, 99])).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(waits({ type: 'exponential', delay: '1s', jitter: 0 }, [60])).toEqual([86_400_000]);
    expect(waits({ type: 'exponential', delay: '2d', jitter: 0 }, [1, 2])).toEqual([
      172_800_000, 172_800_000,
    ]);
  });

  it('makes a part of the wait random', () => {
    const half = { type: 'fixed', delay: '10s', jitter: 0.5 } as const;
    expect([0, 0.5, 1].flatMap((chance) => waits(half, [1], () => chance))).toEqual([10_000, 7_500, 5_000]);
    expect(waits({ type: 'exponential', delay: '10s' }, [1], () => 1)).toEqual([8_000]);
  });

  it('calls a function with attempt and error', () => {
    const own: Backoff = (attempt, { message }) => (message === 'slow down' ? attempt * 1_000 : 0);
    expect(waits(own, [3])).toEqual([3_000]);
    expect(() => waits(() => Number.NaN, [1])).toThrow('the result of backoff');
  });

  it.each([
    [[], 'is an empty list'],
    [['1s', 'soon'], 'backoff[1] is "soon"'],
    ['20 years', 'is not a duration'],
    ['99999d', 'Use a duration from'],
    [{ type: 'linear', delay: 1 }, "Use 'fixed' or 'exponential'"],
    [{ type: 'fixed', delay: 1, max: 2 }, 'has no effect'],
    [{ type: 'fixed', delay: 1, jitter: 2 }, 'Use a number from 0'],
    [{ type: 'exponential', delay: '-1s' }, 'backoff.delay is "-1s"'],
  ])('refuses %j', (backoff, words) => {
    expect(() => planBackoff(backoff as Backoff, 'backoff')).toThrow(words);
  });
});
