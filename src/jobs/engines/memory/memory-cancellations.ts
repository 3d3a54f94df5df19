import type { AsyncResource } from 'node:async_hooks';
import { ReceivedCancellations, type Cancellation, type Cancellations } from '../../store/cancellations.js';
import { RunningAttempts } from '../../store/running-attempts.js';

/** Cancellations in memory. The process that cancels a job is also the one that runs it. */
export class MemoryCancellations implements Cancellations {
  private readonly received = new ReceivedCancellations();
  private readonly running = new Set<RunningAttempts>();

  /** @param boot its async context is the one of the jobs. Their listeners of the abort run in it, not in the canceller's. */
  constructor(private readonly boot: AsyncResource) {}

  /** Returns the attempts of a new worker. A cancellation aborts those that it applies to. */
  newAttempts(): RunningAttempts {
    const running = new RunningAttempts(this.received);
    this.running.add(running);
    return running;
  }

  /**
   * Forgets the cancellations, so that none applies to a job that is enqueued in the same millisecond. Running jobs are
   * aborted already, and waiting jobs are removed.
   */
  forgetAll(): void {
    this.received.forgetAll();
  }

  async leave(cancellation: Cancellation): Promise<void> {
    this.received.add(cancellation);
    for (const running of this.running) this.boot.runInAsyncScope(() => running.cancel());
  }
}
