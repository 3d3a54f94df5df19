import type { EnvelopeNotes } from './envelope.js';
import type { FledgeError } from '../values/errors.js';
import type { AppliedPause } from './pauses.js';

/** The result of one attempt. The executor decides it, and the store acts on it. */
export type Outcome =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** The attempt threw. With `retryIn` (in milliseconds) the job is retried. Without it, the attempts are used up and the job is dead. */
  | {
      readonly kind: 'failed';
      readonly error: Error;
      readonly retryIn?: number;
      readonly note?: EnvelopeNotes;
    }
  /** The job can never succeed. It goes to the dead set, even if attempts remain. */
  | { readonly kind: 'killed'; readonly error: Error; readonly note?: EnvelopeNotes }
  /** The class does not want to keep a job with this error (`DiscardJob`, `discardOn`, `dead: false`). The job is deleted. */
  | {
      readonly kind: 'discarded';
      readonly error: Error;
      /** The attempts were used up, and the class has `dead: false`. */
      readonly exhausted?: true;
    }
  /** It was too late to start the job. The job is deleted. */
  | { readonly kind: 'expired'; readonly reason: FledgeError }
  /** The application or an operator cancelled the job. The job is deleted. */
  | { readonly kind: 'cancelled'; readonly reason: FledgeError }
  /** The job runs again after `delay` milliseconds. No attempt is spent. */
  | {
      readonly kind: 'snoozed';
      readonly delay: number;
      readonly reason: Error;
      readonly note?: EnvelopeNotes;
      /** Set if the job is put off because its class is paused. It runs again when the class is resumed. */
      readonly paused?: AppliedPause;
    }
  /** The worker stops. The job goes back to the head of its queue, and no attempt is spent. */
  | { readonly kind: 'interrupted'; readonly note?: EnvelopeNotes }
  /** The lock was lost. Another worker may be running the job, so nothing is written. */
  | { readonly kind: 'lost' };
