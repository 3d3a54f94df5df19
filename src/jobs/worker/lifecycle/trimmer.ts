import { Inject, Injectable, Optional } from '@nestjs/common';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../config/resolved-options.js';
import { inventoryBounds } from '../../store/inventory.js';
import { Store } from '../../store/store.js';

/** The time between two rounds of the Trimmer, in milliseconds. Only tests provide it. */
export const TRIM_EVERY = Symbol('fledge:trim-every');

/**
 * Deletes finished jobs that are too old. When a job finishes, the store deletes older jobs that ended in the same way.
 * Without this class, the last dead jobs of a queue in which no further job dies would stay forever.
 */
@Injectable()
export class Trimmer {
  private timer?: NodeJS.Timeout;
  private round?: Promise<void> | undefined;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly store: Store,
    @Optional() @Inject(TRIM_EVERY) private readonly trimEvery: number = 300_000,
  ) {}

  start({ queues }: { readonly queues: readonly string[] }): void {
    this.timer = setInterval(() => this.begin(queues), this.trimEvery).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    delete this.timer;
  }

  /** The store's link reports the store's errors, and the next round tries again. */
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
        // In steps, so that other clients of the store don't wait for long.
        while (this.timer && (await this.store.inventory.trim(queue, state, age)) === inventoryBounds.page);
      }
    }
  }
}
