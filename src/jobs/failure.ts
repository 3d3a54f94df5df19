import { backoffAfter } from './backoff.js';
import type { Envelope, EnvelopeNotes } from './envelope.js';
import type { Outcome } from './outcome.js';
import type { Policy } from './policy.js';
import { storeableError } from './stored-error.js';

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
  /** Told of an error of the application's `backoff`. */
  readonly onBackoffError: (thrown: unknown) => void;
}

/** What becomes of a job whose attempt failed: the rule for its error's class decides, else the job's own policy. */
export function afterFailure(failed: FailedAttempt): Outcome {
  const { error, attempt, now, policy, envelope } = failed;
  const rule = policy.rules.match(error);
  if (rule?.kind === 'discard') return { kind: 'discarded', error };
  const count = rule ? (envelope.failures?.[rule.key] ?? 0) + 1 : attempt;
  const failedAt = envelope.failedAt ?? now;
  const remaining =
    rule?.attempts === undefined ? remains(policy, attempt, failedAt, now) : rule.attempts > count;
  if (remaining === false) return exhausted(failed);
  const nth = rule?.delay === undefined ? attempt : count;
  const wait = waitAfter(failed, rule?.delay ?? policy.backoff, nth);
  return {
    kind: 'failed',
    error,
    retryIn: remaining === true ? wait : Math.min(wait, remaining),
    note: {
      ...failed.note,
      error: storeableError(error),
      ...(policy.retryFor === undefined ? {} : { failedAt }),
      ...(rule ? { failures: { ...envelope.failures, [rule.key]: count } } : {}),
    },
  };
}

/** Whether it is tried again, or for how much longer (milliseconds). */
function remains(policy: Policy, attempt: number, failedAt: number, now: number): boolean | number {
  if (policy.retryFor === undefined) return attempt < policy.attempts;
  const left = failedAt + policy.retryFor - now;
  return left > 0 && left;
}

function exhausted({ error, policy, note }: FailedAttempt): Outcome {
  if (!policy.dead) return { kind: 'discarded', error, exhausted: true };
  return { kind: 'failed', error, note: { ...note, error: storeableError(error) } };
}

/** A backoff function is user code: one that throws must not cost the job. */
function waitAfter(
  { error, onBackoffError }: FailedAttempt,
  backoff: Policy['backoff'],
  attempt: number,
): number {
  try {
    return backoffAfter(backoff, attempt, error);
  } catch (thrown) {
    onBackoffError(thrown);
    return backoffAfter(undefined, attempt, error);
  }
}
