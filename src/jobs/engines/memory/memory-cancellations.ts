import { HeardCancellations, type Cancellation, type Cancellations } from '../../store/cancellations.js';
import type { RunningAttempts } from '../../store/running-attempts.js';

/** In memory whoever cancels and whoever runs are the same process. */
export class MemoryCancellations implements Cancellations {
  private readonly heard = new HeardCancellations();
  private readonly running = new Set<RunningAttempts>();

  /** These attempts are to hear of it. */
  attend(running: RunningAttempts): void {
    running.cancellations = this.heard;
    this.running.add(running);
  }

  /** Those that run have heard of it, and those that wait are gone: what comes now is another matter, also in the same millisecond. */
  forgetAll(): void {
    this.heard.forgetAll();
  }

  async leave(cancellation: Cancellation): Promise<void> {
    this.heard.add(cancellation);
    for (const running of this.running) running.cancel();
  }
}
