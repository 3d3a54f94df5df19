import { HeardCancellations, type Cancellations, type CancelTarget } from '../cancellations.js';
import type { RunningAttempts } from '../running-attempts.js';
import type { Clock } from './clock.js';

/** In memory whoever cancels and whoever runs are the same process. */
export class MemoryCancellations implements Cancellations {
  readonly heard = new HeardCancellations();
  private readonly running = new Set<RunningAttempts>();

  constructor(private readonly clock: Clock) {}

  /** These attempts are to hear of it. */
  attend(running: RunningAttempts): void {
    running.cancellations = this.heard;
    this.running.add(running);
  }

  async leave(target: CancelTarget, reason: string | undefined): Promise<void> {
    this.heard.add({ target, at: this.clock.now(), ...(reason === undefined ? {} : { reason }) });
    for (const running of this.running) running.cancel();
  }
}
