import { JobAborted } from '../store/attempt.js';
import type { Outcome } from '../store/outcome.js';

/** Returns what `perform` returned, or throws the error that the attempt ended with. For attempts that no store settles. */
export function resultOrThrow(outcome: Outcome): unknown {
  switch (outcome.kind) {
    case 'completed':
      return outcome.result;
    case 'failed':
    case 'killed':
    case 'discarded':
      throw outcome.error;
    case 'expired':
    case 'cancelled':
    case 'snoozed':
      throw outcome.reason;
    case 'interrupted':
      throw new JobAborted('shutdown');
    case 'lost':
      throw new JobAborted('lease');
  }
}
