import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds between two looks at the clock; a look that is on time is that late by the histogram's account. */
const resolution = 20;

/** How late the event loop's turns are. */
export class LoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution });

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** The latest turn since this was last asked; milliseconds. */
  take(): number {
    const { count, max } = this.histogram;
    this.histogram.reset();
    return count === 0 ? 0 : Math.max(0, Math.round(max / 1e6) - resolution);
  }
}
