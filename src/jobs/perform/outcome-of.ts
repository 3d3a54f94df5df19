import { afterFailure } from './after-failure.js';
import type { KnownJob } from './admission.js';
import { DiscardJob, KillJob, SnoozeJob } from '../job/retry/control-errors.js';
import { sidekiqBackoff } from '../job/retry/backoff.js';
import type { JobEvents } from '../events/events.js';
import type { Attempt } from '../store/attempt.js';
import type { Envelope, EnvelopeNotes } from '../store/envelope.js';
import type { Outcome } from '../store/outcome.js';
import { storeableError } from '../values/stored-error.js';

/** Returns the outcome of an attempt that threw. */
export function outcomeOfError(error: Error, attempt: Attempt, known: KnownJob, events: JobEvents): Outcome {
  if (error instanceof DiscardJob) return { kind: 'discarded', error };
  const note = forgiveCrashes(attempt, known.envelope);
  if (error instanceof SnoozeJob) return { kind: 'snoozed', delay: error.delay, reason: error, note };
  if (error instanceof KillJob) return { kind: 'killed', error, note: { error: storeableError(error) } };
  return afterFailure({ error, attempt, known, note, events });
}

/**
 * Returns the outcome of an attempt whose signal was aborted. The reason of the abort decides.
 * @param thrown what `perform` threw, if it has ended
 */
export function outcomeOfAbort(
  attempt: Attempt,
  known: KnownJob,
  events: JobEvents,
  thrown?: Error,
): Outcome {
  const { crashesForgiven = 0 } = known.envelope;
  const abortError = attempt.abortError!;
  switch (abortError.reason) {
    case 'lease':
      return { kind: 'lost' };
    case 'shutdown':
      return { kind: 'interrupted' };
    case 'crash':
      // A job that ends its process by an uncaught exception counts like a job that kills its process.
      return { kind: 'interrupted', note: { crashesForgiven: crashesForgiven - 1 } };
    case 'cancel':
      return { kind: 'cancelled', reason: abortError };
    case 'timeout': {
      const isItself = thrown === undefined || thrown === abortError;
      return outcomeOfError(isItself ? abortError : abortError.withCause(thrown), attempt, known, events);
    }
  }
}

/**
 * Returns the outcome when something other than the job's code threw. Either the job's error cannot be read (a proxy whose traps
 * throw), or Fledge has a fault. It counts as a failure with the default wait, because the job's policy is not known.
 */
export function outcomeOfFault(error: Error, attempt: Attempt, attempts: number): Outcome {
  if (attempt.abortReason === 'lease') return { kind: 'lost' };
  const { attempt: number } = attempt.job;
  if (number >= attempts) return { kind: 'failed', error };
  return { kind: 'failed', error, retryIn: sidekiqBackoff(number, attempt.port.random) };
}

/** An attempt that did not crash ends the count of crashes, and the time for which the job was parked. */
function forgiveCrashes(
  { job: { crashes } }: Attempt,
  { crashesForgiven = 0, parkedAt }: Envelope,
): EnvelopeNotes {
  if (crashes <= crashesForgiven && parkedAt === undefined) return {};
  return { crashesForgiven: crashes, parkedAt: undefined };
}
