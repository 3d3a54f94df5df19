import { backoffAfter } from '../job/retry/backoff.js';
import type { Envelope, EnvelopeNotes } from '../store/envelope.js';
import type { Outcome } from '../store/outcome.js';
import type { Policy } from '../job/retry/policy.js';
import { storeableError } from '../values/stored-error.js';

export interface FailedAttempt {
  readonly error: Error;
  /** 1 for the first. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly policy: Policy;
  readonly envelope: Envelope;
  /** What is to be noted with the job beside what is noted here. */
  readonly note: EnvelopeNotes;
  /** What jitter is made of: 0 to 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Told of an error of the application's `backoff`. */
  readonly onBackoffError: (thrown: unknown) => void;
}

/** What becomes of a job whose attempt failed: the rule for its error's class decides, else the job's own policy. */
export function afterFailure(failed: FailedAttempt): Outcome {
  const { error, attempt, now, policy, envelope } = failed;
  const rule = policy.rules.match(error);
  if (rule?.kind === 'discard') return { kind: 'discarded', error };
  const failedAt = envelope.failedAt ?? now;
  const counted = rule?.attempts === undefined ? undefined : rule;
  const count = counted && (envelope.failures?.[counted.key] ?? 0) + 1;
  // What a rule counts is not the job's own trouble.
  const own = attempt - sumOf(envelope.failures);
  const remaining = counted ? counted.attempts! > count! : remains(policy, own, failedAt, now);
  if (remaining === false) return exhausted(failed);
  const wait = waitAfter(failed, rule?.delay ?? policy.backoff, count ?? own);
  return {
    kind: 'failed',
    error,
    retryIn: remaining === true ? wait : Math.min(wait, remaining),
    note: {
      ...failed.note,
      error: storeableError(error),
      ...(policy.retryFor === undefined ? {} : { failedAt }),
      ...(counted ? { failures: { ...envelope.failures, [counted.key]: count! } } : {}),
    },
  };
}

function sumOf(failures: Envelope['failures']): number {
  return Object.values(failures ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Whether it is tried again, or for how much longer (milliseconds). */
function remains(policy: Policy, own: number, failedAt: number, now: number): boolean | number {
  if (policy.retryFor === undefined) return own < policy.attempts;
  const left = failedAt + policy.retryFor - now;
  return left > 0 && left;
}

function exhausted({ error, policy, note }: FailedAttempt): Outcome {
  if (!policy.dead) return { kind: 'discarded', error, exhausted: true };
  return { kind: 'failed', error, note: { ...note, error: storeableError(error) } };
}

/** A backoff function is user code: one that throws must not cost the job. */
function waitAfter(
  { error, random, onBackoffError }: FailedAttempt,
  backoff: Policy['backoff'],
  attempt: number,
): number {
  try {
    return backoffAfter(backoff, attempt, error, random);
  } catch (thrown) {
    onBackoffError(thrown);
    return backoffAfter(undefined, attempt, error, random);
  }
}
