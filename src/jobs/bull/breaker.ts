import type { JobEvents } from '../events.js';
import { storeTrouble } from './store-errors.js';

/** Between two looks at a store that refuses; consuming begins at most this long after the cure. */
const shortestPause = 250;
const longestPause = 2_000;
/** After so long without an error the trouble is over. */
const calm = 10_000;
const remindAfter = 60_000;

/** Whether Redis itself said no, as opposed to the way there. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * Keeps a queue's processor from asking a store that refuses (full, read-only, loading, …) as fast as it can, as BullMQ
 * would: it pauses, looks again after a while, and says so once a change and once a minute.
 */
export class Breaker {
  private pause = 0;
  private timer?: NodeJS.Timeout;
  private lastErrorAt = 0;
  private saidAt = 0;
  private errors = 0;

  constructor(
    private readonly queue: string,
    private readonly worker: { pause(): void; resume(): void },
    private readonly events: JobEvents,
  ) {}

  get isOpen(): boolean {
    return this.timer !== undefined;
  }

  trip(error: Error): void {
    const now = Date.now();
    if (now - this.lastErrorAt > calm) this.pause = this.errors = this.saidAt = 0;
    this.lastErrorAt = now;
    this.errors += 1;
    this.report(error, now);
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

  private report(error: Error, now: number): void {
    if (now - this.saidAt < remindAfter) return;
    this.saidAt = now;
    this.events.emit({
      type: 'store-error',
      queue: this.queue,
      error: storeTrouble(error),
      count: this.errors,
    });
  }
}
