/** The event loop is looked at this often, in milliseconds. */
const step = 50;
/** A longer time between two looks means that something blocked the loop. */
const blockedAfter = 2 * step;
/** A loop that is blocked more often is just busy: then the whole time counts, so that a wait has an end. */
const forgivenBlocks = 4;

/**
 * Calls back after a time of a running event loop. The time for which something blocks the loop does not count, the first four
 * times, because no answer can be read in it. After a block, timers run before the loop reads its sockets. So the call also
 * waits until the loop has read what they hold. A timer does not keep the process alive.
 */
export class AwakeTimer {
  private counted = 0;
  private blocks = 0;
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
    const elapsed = performance.now() - this.stepBegunAt;
    return this.counted + (this.blocks < forgivenBlocks ? Math.min(elapsed, blockedAfter) : elapsed);
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
    const now = performance.now();
    if (now - this.stepBegunAt > blockedAfter) this.blocks += 1;
    this.stepBegunAt = now;
    if (this.counted < this.milliseconds) this.wait();
    else this.last = setImmediate(this.call);
  }
}
