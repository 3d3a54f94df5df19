import { backoffAfter } from '../job/retry/backoff.js';
import type { Attempt } from '../store/attempt.js';
import type { Envelope, EnvelopeNotes } from '../store/envelope.js';
import { asError } from '../values/errors.js';
import type { JobEvents } from '../events/events.js';
import type { KnownJob } from './admission.js';
import type { Outcome } from '../store/outcome.js';
import type { Policy } from '../job/retry/policy.js';
import { storeableError } from '../values/stored-error.js';

export interface Failure {
  readonly error: Error;
  readonly attempt: Attempt;
  readonly known: KnownJob;
  /** Stored with the job, in addition to what a failure stores. */
  readonly note: EnvelopeNotes;
  /** Receives a warning if the application's `backoff` throws. */
  readonly events: JobEvents;
}

/** The time that is left for retries: none, no limit, or this many milliseconds. */
type Remaining = 'none' | 'unbounded' | { readonly left: number };

/** Returns the outcome of an attempt that failed. The rule for the error's class decides, or else the job's own policy. */
export function afterFailure(failure: Failure): Outcome {
  const { error, attempt, known, note } = failure;
  const { policy, envelope } = known;
  const rule = policy.rules.match(error);
  if (rule?.kind === 'discard') return { kind: 'discarded', error };
  const now = attempt.port.now();
  const failedAt = envelope.failedAt ?? now;
  const counted = rule?.attempts === undefined ? undefined : rule;
  const count = counted && (envelope.failures?.[counted.key] ?? 0) + 1;
  // Failures that a rule counts do not use up the job's own attempts.
  const own = attempt.job.attempt - sumOf(envelope.failures);
  const remaining = counted ? ofAttempts(count!, counted.attempts!) : ofPolicy(policy, own, failedAt, now);
  if (remaining === 'none') return exhausted(failure);
  const wait = waitAfter(failure, rule?.delay ?? policy.backoff, count ?? own);
  return {
    kind: 'failed',
    error,
    retryIn: remaining === 'unbounded' ? wait : Math.min(wait, remaining.left),
    note: {
      ...note,
      error: storeableError(error),
      ...(policy.retryFor === undefined ? {} : { failedAt }),
      ...(counted ? { failures: { ...envelope.failures, [counted.key]: count! } } : {}),
    },
  };
}

function sumOf(failures: Envelope['failures']): number {
  return Object.values(failures ?? {}).reduce((sum, count) => sum + count, 0);
}

function ofAttempts(failures: number, attempts: number): Remaining {
  return failures < attempts ? 'unbounded' : 'none';
}

function ofPolicy({ retryFor, attempts }: Policy, own: number, failedAt: number, now: number): Remaining {
  if (retryFor === undefined) return ofAttempts(own, attempts);
  const left = failedAt + retryFor - now;
  return left > 0 ? { left } : 'none';
}

function exhausted({ error, known, note }: Failure): Outcome {
  if (!known.policy.dead) return { kind: 'discarded', error, exhausted: true };
  return { kind: 'failed', error, note: { ...note, error: storeableError(error) } };
}

/** The application's backoff function may throw. The job is then retried with the default backoff. */
function waitAfter(
  { error, attempt, events }: Failure,
  backoff: Policy['backoff'],
  failures: number,
): number {
  const { id, name } = attempt.job;
  const { random } = attempt.port;
  try {
    return backoffAfter(backoff, failures, error, random);
  } catch (thrown) {
    events.emit({
      type: 'warning',
      code: 'FLEDGE_BACKOFF_FAILED',
      message: `The backoff function of ${name} ${id} failed (${asError(thrown).message}). The job is retried with the default backoff. Return a duration for every attempt and error.`,
    });
    return backoffAfter(undefined, failures, error, random);
  }
}
