import type { JobContext } from './job.js';

/** A job in trouble, for whoever wants to know. */
export interface JobFailure<Payload = unknown> {
  readonly job: {
    readonly id: string;
    readonly name: string;
    readonly queue: string;
    /** The attempt that ended; 1 for the first. */
    readonly attempt: number;
    readonly attempts: number;
  };
  readonly error: Error;
  /** Milliseconds until it is tried again; undefined when it is not. */
  readonly retryIn?: number;
  /** Undefined when no class here has the job's name, or its data is damaged. */
  readonly payload: Payload;
  /** What `perform` was given; undefined like the payload. */
  readonly context?: JobContext;
}

/**
 * Hears of jobs in trouble: of all, as an entry of `JobsModule.forRoot({ handlers })`, or of those of one class, when a job
 * class has these methods itself. Handlers are subscribers: a job waits for none, and an error of theirs is logged.
 * A stop waits a second for those under way.
 */
export interface FailureHandler<Payload = unknown> {
  /** An attempt failed, whether or not another follows. */
  onError?(failure: JobFailure<Payload>): unknown;
  /**
   * No other attempt follows: it is in the dead set, or, with `dead: false`, gone. Comes after `onError`.
   * Source: Sidekiq's `sidekiq_retries_exhausted` and `death_handlers`.
   */
  onDeath?(failure: JobFailure<Payload>): unknown;
  /** It was discarded by `DiscardJob` or `discardOn`. Source: Active Job's `after_discard`. */
  onDiscard?(failure: JobFailure<Payload>): unknown;
}
