import type { Refusals } from './refusals.js';

/** The pauses between two fetches from a store that refuses, in milliseconds. Jobs start at most one pause after the fix. */
const shortestPause = 250;
const longestPause = 2_000;
/** After this time without an error, in milliseconds, the next pause is the shortest again. */
const calm = 10_000;

/**
 * Pauses a queue's processor while the store refuses commands (full, read-only, loading, …). Without it, BullMQ would fetch
 * again as fast as it can.
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
