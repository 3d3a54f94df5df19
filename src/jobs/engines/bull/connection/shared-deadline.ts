import { AwakeTimer } from './awake-timer.js';

const granularity = 50;

/** The limit of one operation. The time for which the event loop is blocked does not count. */
export class Deadline {
  /** Rejects when the time is up. Use it with `Promise.race`. */
  readonly rejection: Promise<never>;
  private timer?: AwakeTimer;

  /** @param milliseconds how long the operation may take */
  constructor(milliseconds: number, message: string) {
    this.rejection = new Promise<never>((_, reject) => {
      this.timer = new AwakeTimer(milliseconds, () => reject(new Error(message)));
    });
    // It rejects even if the operation was in time.
    this.rejection.catch(() => undefined);
  }

  /** How much of the time has passed, in milliseconds. */
  get passed(): number {
    return this.timer?.passed ?? 0;
  }
}

/**
 * A deadline for many short operations, for which a timer each would cost more than the operation. Operations that begin
 * within 50 ms share one, and each has at least the given time.
 */
export class SharedDeadline {
  private current?: Deadline;

  constructor(
    private readonly milliseconds: number,
    private readonly message: string,
  ) {}

  begin(): Deadline {
    if (!this.current || this.current.passed > granularity)
      this.current = new Deadline(this.milliseconds + granularity, this.message);
    return this.current;
  }
}
