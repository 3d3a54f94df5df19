import type { JobCall } from '../job/calls.js';
import type { AbortReason } from '../store/attempt.js';
import type { CancelTarget } from '../store/cancellations.js';
import type { Outcome } from '../store/outcome.js';

/** What every event of one job has. */
export interface JobFact {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
}

export interface AttemptFact extends JobFact {
  readonly attempt: number;
  readonly attempts: number;
  /** Milliseconds between the moment when the job was due and its start. */
  readonly wait: number;
}

/** A job on its way to the store. */
type EnqueueEvent =
  | (JobFact & { readonly type: 'enqueued'; readonly delay: number })
  | { readonly type: 'bulk-enqueued'; readonly name: string; readonly queue: string; readonly count: number }
  | (JobFact & { readonly type: 'vetoed' })
  /** Not enqueued, since that one is there; or enqueued in that one's place. */
  | (JobFact & { readonly type: 'duplicate' | 'replaced'; readonly duplicateOf: string });

/** One attempt at a job. */
export type AttemptEvent =
  | (AttemptFact & { readonly type: 'started' })
  | (AttemptFact & {
      readonly type: 'finished';
      /** Milliseconds that the attempt took. */
      readonly duration: number;
      readonly outcome: Outcome;
      /** It ran here and now, by `JobsService.perform`, whose caller hears of the rest. */
      readonly inline?: true;
      /** What it ran with, where its class is known. Not for logs: the payload may be private. */
      readonly call?: JobCall;
      /** Only what `@Job({ logPayload })` lets through. */
      readonly payload?: unknown;
    });

/** The end of jobs that were asked to end. */
type EndEvent =
  /** Somebody in this process asked for the end of jobs. */
  | {
      readonly type: 'cancelled';
      readonly target: CancelTarget;
      readonly removed: number;
      readonly signalled: number;
      readonly reason?: string;
    }
  /** A job that was asked to end 2 s ago or more, and goes on. */
  | (JobFact & { readonly type: 'signal-ignored'; readonly reason: AbortReason; readonly since: number })
  /** An interrupted job is back in its queue; milliseconds since its signal aborted. */
  | (JobFact & { readonly type: 'handed-back'; readonly duration: number })
  /** A job could not be moved to where it belongs: it runs again, no attempt spent, once its lock has run out. */
  | (JobFact & { readonly type: 'job-left'; readonly error: Error });

export type JobLifeEvent = EnqueueEvent | AttemptEvent | EndEvent;
