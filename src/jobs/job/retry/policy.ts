import { isStoredBackoff, planBackoff, type Backoff, type BackoffData, type BackoffPlan } from './backoff.js';
import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../values/duration.js';
import { ErrorRules, type ErrorClass, type RetryRule } from './error-rules.js';
import { invalidOption } from '../../values/errors.js';
import { positiveInteger } from '../../values/positive-integer.js';
import { isObject, isWithin } from '../../values/readers.js';

/** How long or how often a job is tried: one of the two. */
export type Trials =
  | {
      /** How often the job is tried in all, the first time included; 1 or more. @default 25 */
      readonly attempts?: number;
      readonly retryFor?: never;
    }
  | {
      readonly attempts?: never;
      /**
       * For how long after its first failure the job is tried again, however often that is; the last attempt is at its end.
       * Instead of `attempts`. Source: Sidekiq's `retry_for`.
       */
      readonly retryFor?: Duration;
    };

/** What a job says about failure and time, on its class or as a default of the application's. */
export type PolicyOptions = Trials & {
  /**
   * The wait before the next attempt: a duration (milliseconds, `'30s'`, `'5m'`), a list of them whose last repeats,
   * `{ type: 'exponential', delay: '1s', max: '1h', jitter: 0.2 }`, or a function of the attempt that failed (1, 2, …)
   * and its error.
   * @default Sidekiq's curve, about 17 days over 25 attempts
   */
  readonly backoff?: Backoff;
  /** Other attempts or waits for some classes of errors. @default [] */
  readonly retryOn?: readonly RetryRule[];
  /** Errors that mean that the job has become pointless: it is forgotten, without retry and dead set. @default [] */
  readonly discardOn?: readonly ErrorClass[];
  /** Whether it goes to the dead set when its attempts are used up; if not, it is discarded. @default true */
  readonly dead?: boolean;
  /**
   * How long an attempt may take: then its `signal` aborts with reason `timeout`, and what it throws counts as a failure
   * like any other. A job that ignores its signal is not stopped, but reported by name. 24 days at most.
   * @default none
   */
  readonly timeout?: Duration;
  /**
   * An attempt that would start later than this after the job was first due is too late: the job is dropped, and counted
   * as expired. Source: Sidekiq Pro's `expires_in`.
   * @default never
   */
  readonly expiresIn?: Duration;
};

/** What one call may say otherwise than the class. */
export type CallPolicyOptions = Trials & {
  /** The wait before the next attempt; no function, which could not travel. @default as the class says */
  readonly backoff?: BackoffData;
  /** How long an attempt may take. @default as the class says */
  readonly timeout?: Duration;
  /** After it was due this long ago it is not started any more, but dropped. @default as the class says */
  readonly expiresIn?: Duration;
};

/** What travels with a job that was sent with options of its own; milliseconds. */
export interface CallPolicy {
  readonly backoff?: Exclude<BackoffPlan, (...parameters: never[]) => unknown>;
  readonly retryFor?: number;
  readonly timeout?: number;
  readonly expiresIn?: number;
}

/** The same with every default filled in and every value checked; milliseconds. */
export interface Policy {
  /** Infinity with `retryFor`. */
  readonly attempts: number;
  readonly retryFor: number | undefined;
  /** Undefined: Sidekiq's curve. */
  readonly backoff: BackoffPlan | undefined;
  readonly rules: ErrorRules;
  readonly dead: boolean;
  readonly timeout: number | undefined;
  readonly expiresIn: number | undefined;
}

/** What `setTimeout` can wait. */
const timeouts: DurationRange = { least: 1, most: 24 * day };
/** Ten years: more is a slip of the unit. */
export const spans: DurationRange = { least: 1, most: 3_650 * day };

export const usualAttempts = 25;

/**
 * @param who whose options they are, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function resolvePolicy(own: PolicyOptions, defaults: PolicyOptions, who: string): Policy {
  refuseBoth(own, who);
  refuseBoth(defaults, 'defaults');
  // A class that says how long it is tried does not inherit how often, and the other way round.
  const saysTrials = (own.attempts ?? own.retryFor) !== undefined;
  const { attempts = usualAttempts, retryFor } = saysTrials ? own : defaults;
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
 * What a call says of its own; undefined when it says nothing, as most do.
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function callPolicyOf(options: CallPolicyOptions, who: string): CallPolicy | undefined {
  const { backoff, retryFor, timeout, expiresIn } = options;
  refuseBoth(options, who);
  if ((backoff ?? retryFor ?? timeout ?? expiresIn) === undefined) return undefined;
  const plan = backoff === undefined ? undefined : planBackoff(backoff, `${who}: backoff`);
  if (typeof plan === 'function') {
    throw invalidOption(
      `${who}: backoff is a function, which cannot travel with a job. Give a duration, a list or { type, delay }, or set the function in @Job({ backoff }).`,
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

/** What is wrong with a job's own policy as it came back from the store; undefined when nothing is. */
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
 * A class's policy as the call changed it for this job.
 * @param stored the attempts that the store has for it
 */
export function policyOfJob(policy: Policy, call: CallPolicy | undefined, stored: number): Policy {
  const attempts = stored >= unlimited ? Infinity : stored;
  if (!call && attempts === policy.attempts) return policy;
  const retryFor = call?.retryFor ?? (attempts === Infinity ? policy.retryFor : undefined);
  // The class had a `retryFor` when the job was sent, and has none any more.
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

/** What a store is told in place of Infinity, which is no JSON. */
export const unlimited = 2 ** 31 - 1;

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function attemptsOf(attempts: number, who: string): number {
  return Math.min(positiveInteger(attempts, `${who}: attempts`), unlimited - 1);
}

function span(duration: Duration | undefined, option: string): number | undefined {
  return duration === undefined ? undefined : toMillisecondsWithin(spans, duration, option);
}

/** JavaScript, `as`, and options that are put together let through what the types forbid. */
function refuseBoth({ attempts, retryFor }: { attempts?: number; retryFor?: Duration }, who: string): void {
  if (attempts === undefined || retryFor === undefined) return;
  throw invalidOption(
    `${who}: both attempts and retryFor are given, a count and a time span. Give one of them.`,
  );
}
