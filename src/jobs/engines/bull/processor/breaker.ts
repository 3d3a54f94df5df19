import type { Refusals } from './refusals.js';

/** Between two looks at a store that refuses; consuming begins at most this long after the fix. */
const shortestPause = 250;
const longestPause = 2_000;
/** After so long without an error the trouble is over. */
const calm = 10_000;

/**
 * Keeps a queue's processor from asking a store that refuses (full, read-only, loading, …) as fast as it can, as BullMQ
 * would: it pauses, and looks again after a while.
 */
export class Breaker {
  private pause = 0;
  private timer?: NodeJS.Timeout;
  private lastErrorAt = 0;

  constructor(
    private readonly queue: string,
    private readonly worker: { pause(): void; resume(): void },
    private readonly refusals: Refusals,
  ) {}

  get isOpen(): boolean {
    return this.timer !== undefined;
  }

  trip(error: Error): void {
    const now = Date.now();
    if (now - this.lastErrorAt > calm) this.pause = 0;
    this.lastErrorAt = now;
    this.refusals.note(this.queue, error);
    if (this.isOpen) return;
    this.pause = Math.min(longestPause, Math.max(shortestPause, 2 * this.pause));
    this.worker.pause();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.worker.resume();
    }, this.pause).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
