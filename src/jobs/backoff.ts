import { toMilliseconds, type Duration } from './duration.js';

/** How long to wait before the next attempt: always the same, or a function of the attempt that failed (1, 2, …). */
export type Backoff = Duration | ((attempt: number, error: Error) => Duration);

/**
 * Sidekiq's retry curve: `n⁴ + 15 + rand(10·(n+1))` seconds after retry n (0, 1, …), about 20 days over 25 attempts.
 * The random part keeps jobs that failed together from returning together.
 *
 * Source: sidekiq/lib/sidekiq/job_retry.rb
 */
export function sidekiqBackoff(attempt: number, random: () => number = Math.random): number {
  const retry = attempt - 1;
  return Math.round((retry ** 4 + 15 + random() * 10 * (retry + 1)) * 1_000);
}

/** Milliseconds until the next attempt. */
export function backoffAfter(backoff: Backoff | undefined, attempt: number, error: Error): number {
  if (backoff === undefined) return sidekiqBackoff(attempt);
  return toMilliseconds(typeof backoff === 'function' ? backoff(attempt, error) : backoff, 'backoff');
}
