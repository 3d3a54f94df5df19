/** The event loop is looked at this often, in milliseconds. A longer block counts as twice this time. */
const step = 50;

/**
 * Calls back after a time of a running event loop. The time for which something blocks the loop does not count, because no
 * answer can be read in it. After a block, timers run before the loop reads its sockets. So the call also waits until the
 * loop has read what they hold. A timer does not keep the process alive.
 */
export class AwakeTimer {
  private counted = 0;
  private stepBegunAt = performance.now();
  private timer?: NodeJS.Timeout;
  private last?: NodeJS.Immediate;

  /** @param milliseconds how long to wait */
  constructor(
    private readonly milliseconds: number,
    private readonly call: () => void,
  ) {
    this.wait();
  }

  /** How much of the time has passed, in milliseconds. */
  get passed(): number {
    return this.counted + Math.min(performance.now() - this.stepBegunAt, 2 * step);
  }

  cancel(): void {
    clearTimeout(this.timer);
    clearImmediate(this.last);
  }

  private wait(): void {
    const left = this.milliseconds - this.counted;
    this.timer = setTimeout(() => this.look(), Math.min(step, left)).unref();
  }

  private look(): void {
    this.counted = this.passed;
    this.stepBegunAt = performance.now();
    if (this.counted < this.milliseconds) this.wait();
    else this.last = setImmediate(this.call);
  }
}
