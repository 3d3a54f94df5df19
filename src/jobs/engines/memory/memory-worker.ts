import type { RunningAttempts } from '../../store/running-attempts.js';
import type { RunningJob } from '../../store/attempt.js';
import type { SilentQueue, StopReason, StoreWorker } from '../../store/store.js';
import type { MemoryQueue } from './queue/memory-queue.js';

/** The work of one process on queues in its memory. Nothing comes between it and its jobs, so it is never refused or silent. */
export class MemoryWorker implements StoreWorker {
  readonly left = 0;

  constructor(
    private readonly queues: readonly MemoryQueue[],
    private readonly attempts: RunningAttempts,
  ) {}

  get running(): number {
    return this.attempts.size;
  }

  get handedBack(): number {
    return this.attempts.handedBack;
  }

  /** There is no other worker in memory. */
  readonly others = [];

  jobs(): RunningJob[] {
    return this.attempts.describe();
  }

  silent(): SilentQueue[] {
    return [];
  }

  refused(): string[] {
    return [];
  }

  quiet(): void {
    for (const queue of this.queues) queue.quiet();
  }

  idle(): Promise<void> {
    return this.attempts.idle();
  }

  interrupt(reason: StopReason): void {
    this.attempts.abort(reason);
  }

  abandon(reason: StopReason): void {
    this.attempts.abandon(reason);
  }

  async close(): Promise<void> {
    this.quiet();
  }
}
