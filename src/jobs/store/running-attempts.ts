import { HeardCancellations } from './cancellations.js';
import type { AbortReason, Attempt, RunningJob } from './attempt.js';

/** The attempts that a worker has in hand. */
export class RunningAttempts {
  private readonly attempts = new Set<Attempt>();
  private idleWaiters: (() => void)[] = [];
  /** What this process has heard of; its owner sees to that. */
  cancellations = new HeardCancellations();
  /** How many have gone back to their queues. */
  handedBack = 0;
  /** How many could not be handed back: they run again once their locks have run out. */
  left = 0;

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

  /** Aborts those that a cancellation hits. */
  cancel(): void {
    for (const attempt of this.attempts) this.cancelOne(attempt);
  }

  end(attempt: Attempt): void {
    this.attempts.delete(attempt);
    if (this.attempts.size === 0) this.wakeIdleWaiters();
  }

  /** It could not be handed back. */
  leave(attempt: Attempt): void {
    this.left += 1;
    this.end(attempt);
  }

  /** Asks every job, or the one with this id, to end. */
  abort(reason: AbortReason, id?: string): void {
    for (const attempt of this.attempts) {
      if (id === undefined || attempt.job.id === id) attempt.abort(reason);
    }
  }

  /** The locks of these jobs were renewed. */
  renew(ids: readonly string[]): void {
    const now = Date.now();
    for (const attempt of this.attempts) if (ids.includes(attempt.job.id)) attempt.leasedAt = now;
  }

  /** Aborts those whose lock was last renewed longer ago than this (milliseconds): others may have them. */
  expire(lease: number): void {
    const oldest = Date.now() - lease;
    for (const attempt of this.attempts) if (attempt.leasedAt < oldest) attempt.abort('lease');
  }

  /** Waits no longer for the jobs' bodies. */
  abandon(reason: AbortReason): void {
    for (const attempt of this.attempts) attempt.abandon(reason);
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    if (this.attempts.size === 0) return;
    await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  private cancelOne(attempt: Attempt): void {
    const cancellation = this.cancellations.find(attempt.job);
    if (cancellation) attempt.abort('cancel', cancellation.reason);
  }

  private wakeIdleWaiters(): void {
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const wake of waiters) wake();
  }
}
