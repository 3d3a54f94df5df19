import { Injectable } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the histogram samples, in milliseconds. A sample that is on time counts as late by this much. */
const resolution = 20;

/** Measures how late the turns of the event loop are. */
@Injectable()
export class LoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution });

  start(): void {
    this.histogram.enable();
  }

  stop(): void {
    this.histogram.disable();
  }

  /** The longest delay since the last call, in milliseconds. */
  take(): number {
    const { count, max } = this.histogram;
    this.histogram.reset();
    return count === 0 ? 0 : Math.max(0, Math.round(max / 1e6) - resolution);
  }
}
