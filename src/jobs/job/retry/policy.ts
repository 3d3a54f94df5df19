import { isStoredBackoff, planBackoff, type Backoff, type BackoffData, type BackoffPlan } from './backoff.js';
import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { ErrorRules, type ErrorClass, type RetryRule } from './error-rules.js';
import { invalidOption } from '../../values/errors.js';
import { positiveInteger } from '../../values/positive-integer.js';
import { isObject, isWithin } from '../../values/readers.js';

/** How often or for how long a job is tried. Only one of the two may be set. */
export type Trials =
  | {
      /** How many attempts the job has in all, including the first. At least 1. @default 25. For a call, the class's */
      readonly attempts?: number;
      readonly retryFor?: never;
    }
  | {
      readonly attempts?: never;
      /**
       * How long after its first failure the job is retried, with any number of attempts. The last attempt is at the end of
       * this time. Use it instead of `attempts`. Source: Sidekiq's `retry_for`.
       * @default none. For a call, the class's
       */
      readonly retryFor?: Duration;
    };

/** The retry and timeout options of a job class, or the application's defaults for them. */
export type PolicyOptions = Trials & {
  /**
   * The wait before the next attempt:
   * - a duration (milliseconds, `'30s'`, `'5m'`)
   * - a list of durations, whose last one repeats
   * - `{ type: 'exponential', delay: '1s', max: '1h', jitter: 0.2 }`
   * - a function of the failed attempt (1, 2, …) and its error
   *
   * @default Sidekiq's curve, about 17 days over 25 attempts
   */
  readonly backoff?: Backoff;
  /** Attempts and waits for some error classes. @default [] */
  readonly retryOn?: readonly RetryRule[];
  /** Errors that make the job pointless. The job is deleted without a retry and without the dead set. @default [] */
  readonly discardOn?: readonly ErrorClass[];
  /** Sends a job without attempts left to the dead set. With `false` the job is deleted. @default true */
  readonly dead?: boolean;
  /**
   * How long an attempt may take, at most 24 days. Then its `signal` aborts with reason `timeout`, and the error that it throws
   * counts as a failure. A job that ignores its signal is not stopped, but a warning with its name is logged.
   * @default none
   */
  readonly timeout?: Duration;
  /**
   * How long after its first due time a job may start an attempt. A later attempt does not start. The job is deleted and
   * counts as expired. Source: Sidekiq Pro's `expires_in`.
   * @default never
   */
  readonly expiresIn?: Duration;
};

/** The names of `PolicyOptions`. */
export const policyOptionNames = {
  attempts: true,
  retryFor: true,
  backoff: true,
  retryOn: true,
  discardOn: true,
  dead: true,
  timeout: true,
  expiresIn: true,
} satisfies Record<keyof PolicyOptions, true>;

/** The retry and timeout options that one enqueue may override. */
export type CallPolicyOptions = Trials & {
  /** The wait before the next attempt. It cannot be a function, because it is stored with the job. @default the class's `backoff` */
  readonly backoff?: BackoffData;
  /** How long an attempt may take. @default the class's `timeout` */
  readonly timeout?: Duration;
  /** How long after its first due time the job may start. A later job is deleted. @default the class's `expiresIn` */
  readonly expiresIn?: Duration;
};

/** The options of an enqueue that are stored with the job, in milliseconds. */
export interface CallPolicy {
  readonly backoff?: Exclude<BackoffPlan, (...parameters: never[]) => unknown>;
  readonly retryFor?: number;
  readonly timeout?: number;
  readonly expiresIn?: number;
}

/** `PolicyOptions` with all defaults and with checked values, in milliseconds. */
export interface Policy {
  /** Infinity with `retryFor`. */
  readonly attempts: number;
  readonly retryFor: number | undefined;
  /** Undefined for Sidekiq's curve. */
  readonly backoff: BackoffPlan | undefined;
  readonly rules: ErrorRules;
  readonly dead: boolean;
  readonly timeout: number | undefined;
  readonly expiresIn: number | undefined;
}

/** `setTimeout` cannot wait longer. */
const timeouts: DurationRange = { least: 1, most: 24 * day };
/** A time of more than ten years is probably a mistake in the unit. */
export const spans: DurationRange = { least: 1, most: 3_650 * day };

export const usualAttempts = 25;

/**
 * @param who the owner of the options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolvePolicy(own: PolicyOptions, defaults: PolicyOptions, who: string): Policy {
  refuseBoth(own, who);
  refuseBoth(defaults, 'defaults');
  // A class that sets one of the two does not inherit the other.
  const setsTrials = (own.attempts ?? own.retryFor) !== undefined;
  const { attempts = usualAttempts, retryFor } = setsTrials ? own : defaults;
  const backoff = own.backoff ?? defaults.backoff;
  const timeout = own.timeout ?? defaults.timeout;
  return {
    attempts: retryFor === undefined ? attemptsOf(attempts, who) : Infinity,
    retryFor: span(retryFor, `${who}: retryFor`),
    backoff: backoff === undefined ? undefined : planBackoff(backoff, `${who}: backoff`),
    rules: new ErrorRules(own, defaults, who),
    dead: own.dead ?? defaults.dead ?? true,
    timeout: timeout === undefined ? undefined : toMillisecondsWithin(timeouts, timeout, `${who}: timeout`),
    expiresIn: span(own.expiresIn ?? defaults.expiresIn, `${who}: expiresIn`),
  };
}

/**
 * Returns the options of a call, or undefined if the call sets none of them, as most calls do.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function callPolicyOf(options: CallPolicyOptions, who: string): CallPolicy | undefined {
  const { backoff, retryFor, timeout, expiresIn } = options;
  refuseBoth(options, who);
  if ((backoff ?? retryFor ?? timeout ?? expiresIn) === undefined) return undefined;
  const plan = backoff === undefined ? undefined : planBackoff(backoff, `${who}: backoff`);
  if (typeof plan === 'function') {
    throw invalidOption(
      `${who}: backoff is a function, which cannot be stored with a job. Use a duration, a list or { type, delay }, or set the function in @Job({ backoff }).`,
    );
  }
  return {
    ...(plan && { backoff: plan }),
    ...(retryFor !== undefined && { retryFor: toMillisecondsWithin(spans, retryFor, `${who}: retryFor`) }),
    ...(timeout !== undefined && { timeout: toMillisecondsWithin(timeouts, timeout, `${who}: timeout`) }),
    ...(expiresIn !== undefined && {
      expiresIn: toMillisecondsWithin(spans, expiresIn, `${who}: expiresIn`),
    }),
  };
}

const spanNames = ['retryFor', 'expiresIn'] as const;
/** Parts of a policy that only a class can set. */
const ofClassAlone = ['rules', 'dead', 'attempts'] as const;

/** Returns what is wrong with a job's `call` from the store, or undefined if nothing is. */
export function problemOfCall(call: unknown): string | undefined {
  if (!isObject(call)) return 'its "call" is not an object';
  const { backoff, timeout } = call;
  if (backoff !== undefined && !isStoredBackoff(backoff))
    return 'its call.backoff is not one that Fledge writes';
  if (timeout !== undefined && !isWithin(timeout, timeouts.least, timeouts.most))
    return 'its call.timeout is not a duration from 1 ms to 24 d';
  const span = spanNames.find(
    (name) => call[name] !== undefined && !isWithin(call[name], spans.least, spans.most),
  );
  if (span !== undefined) return `its call.${span} is not a duration from 1 ms to ten years`;
  const alien = ofClassAlone.find((name) => call[name] !== undefined);
  return alien && `its call.${alien} is an option that a call does not have`;
}

/**
 * Returns the policy of one job: the class's policy with the options of the call.
 * @param stored the job's number of attempts in the store
 */
export function policyOfJob(policy: Policy, call: CallPolicy | undefined, stored: number): Policy {
  const attempts = stored >= unlimited ? Infinity : stored;
  if (!call && attempts === policy.attempts) return policy;
  const retryFor = call?.retryFor ?? (attempts === Infinity ? policy.retryFor : undefined);
  // False if the class had a `retryFor` when the job was enqueued, and has none now.
  const isBounded = attempts !== Infinity || retryFor !== undefined;
  const { backoff = policy.backoff, timeout = policy.timeout, expiresIn = policy.expiresIn } = call ?? {};
  return {
    ...policy,
    backoff,
    timeout,
    expiresIn,
    retryFor,
    attempts: isBounded ? attempts : policy.attempts,
  };
}

/** Stands for Infinity in the store, because JSON has no Infinity. */
export const unlimited = 2 ** 31 - 1;

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function attemptsOf(attempts: number, who: string): number {
  return Math.min(positiveInteger(attempts, `${who}: attempts`), unlimited - 1);
}

function span(duration: Duration | undefined, option: string): number | undefined {
  return duration === undefined ? undefined : toMillisecondsWithin(spans, duration, option);
}

/** The types forbid both, but JavaScript, a cast or merged options can still set both. */
function refuseBoth({ attempts, retryFor }: { attempts?: number; retryFor?: Duration }, who: string): void {
  if (attempts === undefined || retryFor === undefined) return;
  throw invalidOption(`${who}: both attempts and retryFor are set. Set only one of them.`);
}
