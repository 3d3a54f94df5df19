import { ReceivedCancellations, type Cancellation, type Cancellations } from '../../store/cancellations.js';
import { RunningAttempts } from '../../store/running-attempts.js';

/** Cancellations in memory. The process that cancels a job is also the one that runs it. */
export class MemoryCancellations implements Cancellations {
  private readonly received = new ReceivedCancellations();
  private readonly running = new Set<RunningAttempts>();

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
    for (const running of this.running) running.cancel();
  }
}
