import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { invalidOption } from '../../values/errors.js';
import { isObject, isWithin } from '../../values/readers.js';

/** The same wait each time, or one that doubles. */
export type BackoffOptions = FixedBackoff | ExponentialBackoff;

interface FixedBackoff {
  readonly type: 'fixed';
  readonly delay: Duration;
  readonly max?: never;
  /**
   * The part of each wait that is left to chance, 0 to 1: with 0.5 it is between half and the whole of it. Keeps jobs
   * that failed together from returning together.
   * @default 0
   */
  readonly jitter?: number;
}

interface ExponentialBackoff {
  readonly type: 'exponential';
  /** The wait after the first failure. */
  readonly delay: Duration;
  /** It grows no further. @default '1d' */
  readonly max?: Duration;
  /** As for `fixed`. @default 0.2 */
  readonly jitter?: number;
}

/** A backoff that can travel with a job. */
export type BackoffData = Duration | readonly Duration[] | BackoffOptions;

/**
 * How long to wait before the next attempt: always the same (`'30s'`), a list whose last one repeats
 * (`['1s', '10s', '5m']`), `{ type: 'exponential', delay: '1s' }`, or a function of the attempt that failed (1, 2, …)
 * and its error.
 */
export type Backoff = BackoffData | ((attempt: number, error: Error) => Duration);

/** A backoff with every default filled in and every value checked; all times in milliseconds. JSON, but for a function. */
export type BackoffPlan =
  | { readonly type: 'fixed'; readonly delay: number; readonly jitter: number }
  | { readonly type: 'exponential'; readonly delay: number; readonly max: number; readonly jitter: number }
  | { readonly type: 'list'; readonly delays: readonly number[] }
  | ((attempt: number, error: Error) => Duration);

/** Ten years: more is a slip of the unit. */
const waits: DurationRange = { least: 0, most: 3_650 * day };

/**
 * Sidekiq's retry curve: `n⁴ + 15 + rand(10·(n+1))` seconds after retry n (0, 1, …): about 17 days over 25 attempts, which are
 * 24 waits; Sidekiq's own 25 retries are 25 waits, 20 days.
 * The random part keeps jobs that failed together from returning together.
 *
 * Source: sidekiq/lib/sidekiq/job_retry.rb
 */
export function sidekiqBackoff(attempt: number, random: () => number = Math.random): number {
  const retry = attempt - 1;
  return Math.min(Math.round((retry ** 4 + 15 + random() * 10 * (retry + 1)) * 1_000), waits.most);
}

/**
 * @param who the option's name and whose it is, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function planBackoff(backoff: Backoff, who: string): BackoffPlan {
  if (typeof backoff === 'function') return backoff;
  if (typeof backoff === 'number' || typeof backoff === 'string') {
    return { type: 'fixed', delay: toMillisecondsWithin(waits, backoff, who), jitter: 0 };
  }
  if (isList(backoff)) {
    if (backoff.length === 0)
      throw invalidOption(`${who} is an empty list. Give one wait at least: ['1s', '5m'].`);
    return {
      type: 'list',
      delays: backoff.map((delay, i) => toMillisecondsWithin(waits, delay, `${who}[${i}]`)),
    };
  }
  return planOptions(backoff, who);
}

function planOptions({ type, delay, max, jitter }: BackoffOptions, who: string): BackoffPlan {
  const wait = toMillisecondsWithin(waits, delay, `${who}.delay`);
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1))
    throw invalidOption(`${who}.jitter is ${String(jitter)}. Give 0 (none) to 1 (all of the wait).`);
  if (type === 'exponential') {
    const longest = toMillisecondsWithin(waits, max ?? '1d', `${who}.max`);
    return { type, delay: wait, max: Math.max(longest, max === undefined ? wait : 0), jitter: jitter ?? 0.2 };
  }
  if (type !== 'fixed')
    throw invalidOption(`${who}.type is ${JSON.stringify(type)}. Give 'fixed' or 'exponential'.`);
  if (max !== undefined)
    throw invalidOption(`${who}.max makes no sense with type 'fixed'. Leave one of them out.`);
  return { type, delay: wait, jitter: jitter ?? 0 };
}

/** Whether this, which came back from the store with a job, is a backoff as `planBackoff` makes it. */
export function isStoredBackoff(plan: unknown): boolean {
  if (!isObject(plan)) return false;
  const { type, delay, delays, max, jitter } = plan;
  const isWait = (value: unknown): boolean => isWithin(value, waits.least, waits.most);
  if (type === 'list') return Array.isArray(delays) && delays.length > 0 && delays.every(isWait);
  const hasMax = type === 'exponential' ? isWait(max) : type === 'fixed';
  return hasMax && isWait(delay) && isWithin(jitter, 0, 1);
}

/**
 * Milliseconds until the next attempt.
 * @throws whatever a function of the application's own throws; FledgeError `FLEDGE_OPTION_INVALID` when it returns no wait
 */
export function backoffAfter(
  plan: BackoffPlan | undefined,
  attempt: number,
  error: Error,
  random: () => number = Math.random,
): number {
  if (plan === undefined) return sidekiqBackoff(attempt, random);
  if (typeof plan === 'function')
    return toMillisecondsWithin(waits, plan(attempt, error), 'what backoff returned');
  if (plan.type === 'list') return plan.delays[Math.min(attempt, plan.delays.length) - 1]!;
  const wait = plan.type === 'fixed' ? plan.delay : Math.min(plan.delay * 2 ** (attempt - 1), plan.max);
  return Math.round(wait * (1 - plan.jitter * random()));
}

function isList(backoff: readonly Duration[] | BackoffOptions): backoff is readonly Duration[] {
  return Array.isArray(backoff);
}
