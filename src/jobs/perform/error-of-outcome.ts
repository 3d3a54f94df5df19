import { JobAborted } from '../store/attempt.js';
import type { Outcome } from '../store/outcome.js';

type Incomplete = Exclude<Outcome, { readonly kind: 'completed' }>;

/** Returns the error that a caller of `JobsService.perform` gets for an attempt that did not complete. */
export function errorOfOutcome(outcome: Incomplete): Error {
  switch (outcome.kind) {
    case 'failed':
    case 'killed':
    case 'discarded':
      return outcome.error;
    case 'expired':
    case 'cancelled':
    case 'snoozed':
      return outcome.reason;
    case 'interrupted':
      return new JobAborted('shutdown');
    case 'lost':
      return new JobAborted('lease');
  }
}
