import { Inject, Injectable } from '@nestjs/common';
import { inventoryBounds } from '../../store/inventory.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../config/resolved-options.js';
import { Store } from '../../store/store.js';

/**
 * Forgets finished jobs that are too old. When a job finishes, the store looks after others that ended as it did; the last
 * dead ones of a queue in which nothing dies any more would stay for ever.
 */
@Injectable()
export class Trimmer {
  /** Between two rounds; milliseconds. Tests set less. */
  trimEvery = 300_000;
  private timer?: NodeJS.Timeout;
  private round?: Promise<void> | undefined;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly store: Store,
  ) {}

  start(queues: readonly string[]): void {
    this.timer = setInterval(() => this.begin(queues), this.trimEvery).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    delete this.timer;
  }

  /** Trouble of the store is its link's to report, and the next round comes. */
  private begin(queues: readonly string[]): void {
    this.round ??= this.trim(queues)
      .catch(() => undefined)
      .finally(() => (this.round = undefined));
  }

  private async trim(queues: readonly string[]): Promise<void> {
    const { retention } = this.options;
    for (const queue of queues) {
      for (const state of ['completed', 'dead'] as const) {
        const { age } = retention[state];
        // In steps, so that nobody else waits for long.
        while (this.timer && (await this.store.inventory.trim(queue, state, age)) === inventoryBounds.page);
      }
    }
  }
}
