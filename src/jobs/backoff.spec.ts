import { describe, expect, it } from 'vitest';
import { backoffAfter, sidekiqBackoff } from './backoff.js';

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

  it('takes about 20 days over 25 attempts', () => {
    let total = 0;
    for (let attempt = 1; attempt <= 24; attempt++) total += sidekiqBackoff(attempt, () => 0.5);
    expect(total / 86_400_000).toBeGreaterThan(16);
    expect(total / 86_400_000).toBeLessThan(21);
  });
});

it('takes a duration, or a function of attempt and error', () => {
  const error = new Error('slow down');
  expect(backoffAfter('30s', 3, error)).toBe(30_000);
  expect(
    backoffAfter((attempt, { message }) => (message === 'slow down' ? attempt * 1_000 : 0), 3, error),
  ).toBe(3_000);
  expect(backoffAfter(undefined, 1, error)).toBeGreaterThanOrEqual(15_000);
});
