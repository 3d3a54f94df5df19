import type { EnvelopeNotes } from './envelope.js';
import type { FledgeError } from '../values/errors.js';

/** What became of one attempt. `Executor` makes it, the store's `settle` acts on it; nothing else looks inside. */
export type Outcome =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** It threw. With `retryIn` (milliseconds) it is tried again, without it is dead: the attempts are used up. */
  | {
      readonly kind: 'failed';
      readonly error: Error;
      readonly retryIn?: number;
      readonly note?: EnvelopeNotes;
    }
  /** Can never succeed: straight to the dead set, whatever attempts remain. */
  | { readonly kind: 'killed'; readonly error: Error; readonly note?: EnvelopeNotes }
  /** Its class takes this error for no trouble (`DiscardJob`, `discardOn`, `dead: false`): forgotten. */
  | {
      readonly kind: 'discarded';
      readonly error: Error;
      /** Its attempts were used up, and its class wants no dead set. */
      readonly exhausted?: true;
    }
  /** Too late to start: forgotten. */
  | { readonly kind: 'expired'; readonly reason: FledgeError }
  /** Somebody asked for its end: forgotten. */
  | { readonly kind: 'cancelled'; readonly reason: FledgeError }
  /** Back after `delay` milliseconds; no attempt is spent. */
  | {
      readonly kind: 'snoozed';
      readonly delay: number;
      readonly reason: Error;
      readonly note?: EnvelopeNotes;
    }
  /** The worker stops: back to the head of the queue; no attempt is spent. */
  | { readonly kind: 'interrupted'; readonly note?: EnvelopeNotes }
  /** Another worker may have the job by now: nobody's business any more. */
  | { readonly kind: 'lost' };
