import type { JobContext } from './job.js';

/** A failed attempt, as failure handlers receive it. */
export interface JobFailure<Payload = unknown> {
  readonly job: {
    readonly id: string;
    readonly name: string;
    /** The mailer and action of a mail, such as `UserMailer.welcome`. Undefined for other jobs. */
    readonly subject?: string;
    readonly queue: string;
    /** The number of the attempt that ended. The first is 1. */
    readonly attempt: number;
    readonly attempts: number;
  };
  readonly error: Error;
  /** The time until the retry in milliseconds, or undefined if the job is not retried. */
  readonly retryIn?: number;
  /** Undefined if no class of this application has the job's name, or if its data is damaged. */
  readonly payload: Payload;
  /** The context that `perform` received. Undefined in the same cases as the payload. */
  readonly context?: JobContext;
}

/**
 * Is called when jobs fail. As an entry of `JobsModule.forRoot({ handlers })` it is called for all jobs. A job class may have
 * the same methods for its own jobs. Handlers run in the async context of the job's code, so they find what middleware keeps in
 * an `AsyncLocalStorage`, such as Sentry's isolation scope. Jobs do not wait for handlers, and an error of a handler is logged.
 * A stop waits one second for running handlers.
 */
export interface FailureHandler<Payload = unknown> {
  /** Called after every failed attempt, even if another attempt follows. */
  onError?(failure: JobFailure<Payload>): unknown;
  /**
   * Called after `onError` if no attempt follows. The job is in the dead set, or deleted if the class has `dead: false`.
   * Source: Sidekiq's `sidekiq_retries_exhausted` and `death_handlers`.
   */
  onDeath?(failure: JobFailure<Payload>): unknown;
  /** Called after `DiscardJob` or `discardOn` discarded the job. Source: Active Job's `after_discard`. */
  onDiscard?(failure: JobFailure<Payload>): unknown;
}
