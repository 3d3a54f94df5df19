import { describe, expect, it } from 'vitest';
import { backoffAfter, planBackoff, sidekiqBackoff, type Backoff } from './backoff.js';

describe('Sidekiq’s curve', () => {
  it('is n⁴ + 15 seconds and up to 10·(n+1) more after retry n', () => {
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

  it('is always the same for a duration', () => {
    expect(waits('30s', [1, 2, 9])).toEqual([30_000, 30_000, 30_000]);
  });

  it('goes through a list, whose last repeats', () => {
    expect(waits(['1s', '10s', 60_000], [1, 2, 3, 4])).toEqual([1_000, 10_000, 60_000, 60_000]);
  });

  it('doubles up to a bound, a day if none is given', () => {
    const doubling = { type: 'exponential', delay: '1s', max: '5s', jitter: 0 } as const;
    expect(waits(doubling, [1, 2, 3, 4, 99])).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(waits({ type: 'exponential', delay: '1s', jitter: 0 }, [60])).toEqual([86_400_000]);
    expect(waits({ type: 'exponential', delay: '2d', jitter: 0 }, [1, 2])).toEqual([
      172_800_000, 172_800_000,
    ]);
  });

  it('leaves a part to chance', () => {
    const half = { type: 'fixed', delay: '10s', jitter: 0.5 } as const;
    expect([0, 0.5, 1].flatMap((chance) => waits(half, [1], () => chance))).toEqual([10_000, 7_500, 5_000]);
    expect(waits({ type: 'exponential', delay: '10s' }, [1], () => 1)).toEqual([8_000]);
  });

  it('asks a function of attempt and error', () => {
    const own: Backoff = (attempt, { message }) => (message === 'slow down' ? attempt * 1_000 : 0);
    expect(waits(own, [3])).toEqual([3_000]);
    expect(() => waits(() => Number.NaN, [1])).toThrow('what backoff returned');
  });

  it.each([
    [[], 'is an empty list'],
    [['1s', 'soon'], 'backoff[1] is "soon"'],
    ['20 years', 'is not a duration'],
    ['99999d', 'Use a duration from'],
    [{ type: 'linear', delay: 1 }, "Give 'fixed' or 'exponential'"],
    [{ type: 'fixed', delay: 1, max: 2 }, 'makes no sense'],
    [{ type: 'fixed', delay: 1, jitter: 2 }, 'Give 0 (none) to 1'],
    [{ type: 'exponential', delay: '-1s' }, 'backoff.delay is "-1s"'],
  ])('refuses %j', (backoff, words) => {
    expect(() => planBackoff(backoff as Backoff, 'backoff')).toThrow(words);
  });
});
