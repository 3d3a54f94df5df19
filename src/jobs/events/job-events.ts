import type { JobCall } from '../job/calls.js';
import type { AbortReason } from '../store/attempt.js';
import type { CancelTarget } from '../store/cancellations.js';
import type { Outcome } from '../store/outcome.js';

/** The fields that every event about one job has. */
export interface JobFact {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
}

export interface AttemptFact extends JobFact {
  readonly attempt: number;
  readonly attempts: number;
  /** The time between the moment when the job was due and its start, in milliseconds. */
  readonly wait: number;
}

/** Events of jobs that are enqueued. */
type EnqueueEvent =
  | (JobFact & { readonly type: 'enqueued'; readonly delay: number })
  | { readonly type: 'bulk-enqueued'; readonly name: string; readonly queue: string; readonly count: number }
  | (JobFact & { readonly type: 'vetoed' })
  /**
   * `duplicate`: the job was not enqueued, because the job `duplicateOf` exists. `replaced`: the job was enqueued in place of
   * the job `duplicateOf`.
   */
  | (JobFact & { readonly type: 'duplicate' | 'replaced'; readonly duplicateOf: string });

/** Events of one attempt. */
export type AttemptEvent =
  | (AttemptFact & { readonly type: 'started' })
  | (AttemptFact & {
      readonly type: 'finished';
      /** How long the attempt took, in milliseconds. */
      readonly duration: number;
      readonly outcome: Outcome;
      /** Set if `JobsService.perform` ran the job in this process. Its caller gets the result or the error. */
      readonly inline?: true;
      /** The payload and context, if the job's class is known. Don't log it: the payload may be private. */
      readonly call?: JobCall;
      /** The part of the payload that `@Job({ logPayload })` selects. */
      readonly payload?: unknown;
    });

/** Events of jobs that were told to stop. */
type EndEvent =
  /** This process cancelled jobs. */
  | {
      readonly type: 'cancelled';
      readonly target: CancelTarget;
      readonly removed: number;
      readonly signalled: number;
      readonly reason?: string;
    }
  /** A job is still running, although its signal aborted at least 2 s ago. */
  | (JobFact & { readonly type: 'signal-ignored'; readonly reason: AbortReason; readonly since: number })
  /** An interrupted job is back in its queue. `duration` is the time since its signal aborted, in milliseconds. */
  | (JobFact & { readonly type: 'handed-back'; readonly duration: number })
  /** A job could not be put back in its queue. It runs again when its lock has expired, and no attempt is spent. */
  | (JobFact & { readonly type: 'job-left'; readonly error: Error });

export type JobLifeEvent = EnqueueEvent | AttemptEvent | EndEvent;
