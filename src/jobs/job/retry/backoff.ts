import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { refuseUnknownOptions } from '../../values/did-you-mean.js';
import { invalidOption } from '../../values/errors.js';
import { isObject, isWithin } from '../../values/readers.js';

/** The same wait before every retry, or a wait that doubles. */
export type BackoffOptions = FixedBackoff | ExponentialBackoff;

interface FixedBackoff {
  readonly type: 'fixed';
  readonly delay: Duration;
  readonly max?: never;
  /**
   * The random part of each wait, from 0 to 1. With 0.5, the wait is between half of it and all of it. The random part keeps
   * jobs that failed together from running again at the same time.
   * @default 0
   */
  readonly jitter?: number;
}

interface ExponentialBackoff {
  readonly type: 'exponential';
  /** The wait after the first failure. */
  readonly delay: Duration;
  /** The longest wait. @default '1d', or `delay` if that is longer */
  readonly max?: Duration;
  /** The random part of each wait, as for `fixed`. @default 0.2 */
  readonly jitter?: number;
}

/** A backoff that can be stored with a job. */
export type BackoffData = Duration | readonly Duration[] | BackoffOptions;

/**
 * How long to wait before the next attempt:
 * - a duration (`'30s'`)
 * - a list whose last duration repeats (`['1s', '10s', '5m']`)
 * - `{ type: 'exponential', delay: '1s' }`
 * - a function of the failed attempt (1, 2, …) and its error
 */
export type Backoff = BackoffData | ((attempt: number, error: Error) => Duration);

/** A backoff with all defaults and with checked values, in milliseconds. It can be stored as JSON unless it is a function. */
export type BackoffPlan =
  | { readonly type: 'fixed'; readonly delay: number; readonly jitter: number }
  | { readonly type: 'exponential'; readonly delay: number; readonly max: number; readonly jitter: number }
  | { readonly type: 'list'; readonly delays: readonly number[] }
  | ((attempt: number, error: Error) => Duration);

/** A wait of more than ten years is probably a mistake in the unit. */
const waits: DurationRange = { least: 0, most: 3_650 * day };

/**
 * Sidekiq's retry curve: `n⁴ + 15 + rand(10·(n+1))` seconds after retry n (0, 1, …). 25 attempts have 24 waits, which take
 * about 17 days. Sidekiq's 25 retries have 25 waits, which take 20 days. The random part keeps jobs that failed together from
 * running again at the same time.
 *
 * Source: sidekiq/lib/sidekiq/job_retry.rb
 */
export function sidekiqBackoff(attempt: number, random: () => number = Math.random): number {
  const retry = attempt - 1;
  return Math.min(Math.round((retry ** 4 + 15 + random() * 10 * (retry + 1)) * 1_000), waits.most);
}

/**
 * @param who the option's name and owner, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function planBackoff(backoff: Backoff, who: string): BackoffPlan {
  if (typeof backoff === 'function') return backoff;
  if (typeof backoff === 'number' || typeof backoff === 'string') {
    return { type: 'fixed', delay: toMillisecondsWithin(waits, backoff, who), jitter: 0 };
  }
  if (isList(backoff)) {
    if (backoff.length === 0)
      throw invalidOption(`${who} is an empty list. Use at least one wait: ['1s', '5m'].`);
    return {
      type: 'list',
      delays: backoff.map((delay, i) => toMillisecondsWithin(waits, delay, `${who}[${i}]`)),
    };
  }
  return planOptions(backoff, who);
}

const optionNames = { type: true, delay: true, max: true, jitter: true } satisfies Record<
  keyof BackoffOptions,
  true
>;

function planOptions(options: BackoffOptions, who: string): BackoffPlan {
  refuseUnknownOptions(options, optionNames, who);
  const { type, delay, max, jitter } = options;
  const wait = toMillisecondsWithin(waits, delay, `${who}.delay`);
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1))
    throw invalidOption(
      `${who}.jitter is ${String(jitter)}. Use a number from 0 (not random) to 1 (fully random).`,
    );
  if (type === 'exponential') {
    const longest = toMillisecondsWithin(waits, max ?? '1d', `${who}.max`);
    return { type, delay: wait, max: Math.max(longest, max === undefined ? wait : 0), jitter: jitter ?? 0.2 };
  }
  if (type !== 'fixed')
    throw invalidOption(`${who}.type is ${JSON.stringify(type)}. Use 'fixed' or 'exponential'.`);
  if (max !== undefined)
    throw invalidOption(`${who}.max has no effect with type 'fixed'. Remove max, or use type 'exponential'.`);
  return { type, delay: wait, jitter: jitter ?? 0 };
}

/** Returns whether a value from the store is a backoff that `planBackoff` returned. */
export function isStoredBackoff(plan: unknown): boolean {
  if (!isObject(plan)) return false;
  const { type, delay, delays, max, jitter } = plan;
  const isWait = (value: unknown): boolean => isWithin(value, waits.least, waits.most);
  if (type === 'list') return Array.isArray(delays) && delays.length > 0 && delays.every(isWait);
  const hasMax = type === 'exponential' ? isWait(max) : type === 'fixed';
  return hasMax && isWait(delay) && isWithin(jitter, 0, 1);
}

/**
 * Returns the time until the next attempt in milliseconds.
 *
 * @throws FledgeError `FLEDGE_OPTION_INVALID` if the application's backoff function does not return a duration
 * @throws Error the error that the application's backoff function threw
 */
export function backoffAfter(
  plan: BackoffPlan | undefined,
  attempt: number,
  error: Error,
  random: () => number = Math.random,
): number {
  if (plan === undefined) return sidekiqBackoff(attempt, random);
  if (typeof plan === 'function')
    return toMillisecondsWithin(waits, plan(attempt, error), 'the result of backoff');
  if (plan.type === 'list') return plan.delays[Math.min(attempt, plan.delays.length) - 1]!;
  const wait = plan.type === 'fixed' ? plan.delay : Math.min(plan.delay * 2 ** (attempt - 1), plan.max);
  return Math.round(wait * (1 - plan.jitter * random()));
}

function isList(backoff: readonly Duration[] | BackoffOptions): backoff is readonly Duration[] {
  return Array.isArray(backoff);
}
