import { ReceivedCancellations } from './cancellations.js';
import type { AbortReason, Attempt, RunningJob } from './attempt.js';
import { Waiters } from '../values/waiters.js';

/** The attempts that are running in one worker. */
export class RunningAttempts {
  private readonly attempts = new Set<Attempt>();
  private readonly idleWaiters = new Waiters();
  /** How many jobs have gone back to their queues. */
  handedBack = 0;
  /** How many jobs could not be handed back. They run again when their locks have expired. */
  left = 0;

  /** @param cancellations those that this process knows of. The caller adds to them. */
  constructor(readonly cancellations = new ReceivedCancellations()) {}

  get size(): number {
    return this.attempts.size;
  }

  describe(): RunningJob[] {
    return [...this.attempts].map((attempt) => attempt.describe());
  }

  begin(attempt: Attempt): void {
    this.attempts.add(attempt);
    this.cancelOne(attempt);
  }

  /** Aborts the attempts that a cancellation applies to. */
  cancel(): void {
    for (const attempt of this.attempts) this.cancelOne(attempt);
  }

  end(attempt: Attempt): void {
    this.attempts.delete(attempt);
    if (this.attempts.size === 0) this.idleWaiters.wake();
  }

  /** Ends an attempt whose job could not be handed back. */
  leave(attempt: Attempt): void {
    this.left += 1;
    this.end(attempt);
  }

  /** Aborts the signal of every attempt, or of the one at the job with this id. */
  abort(reason: AbortReason, id?: string): void {
    for (const attempt of this.attempts) {
      if (id === undefined || attempt.job.id === id) attempt.abort(reason);
    }
  }

  /**
   * Notes that the locks of these jobs were renewed.
   * @param at when the renewal was sent, in milliseconds since 1970
   */
  renew(ids: readonly string[], at: number): void {
    for (const attempt of this.attempts) if (ids.includes(attempt.job.id)) attempt.leasedAt = at;
  }

  /**
   * Aborts the attempts whose lock was last renewed longer ago than this. Another worker may be running their jobs.
   * @param lease in milliseconds
   */
  expire(lease: number): void {
    const oldest = Date.now() - lease;
    for (const attempt of this.attempts) if (attempt.leasedAt < oldest) attempt.abort('lease');
  }

  /** Stops waiting for the jobs' bodies. */
  abandon(reason: AbortReason): void {
    for (const attempt of this.attempts) attempt.abandon(reason);
  }

  /** Resolves when no attempt is running. */
  async idle(): Promise<void> {
    if (this.attempts.size > 0) await this.idleWaiters.next();
  }

  private cancelOne(attempt: Attempt): void {
    const cancellation = this.cancellations.find(attempt.job);
    if (cancellation) attempt.abort('cancel', cancellation.reason);
  }
}
