import { AwakeTimer } from './awake-timer.js';

const granularity = 50;

/** The limit of one operation. The time for which the event loop is blocked does not count. */
export class Deadline {
  /** Rejects when the time is up. Use it with `Promise.race`. */
  readonly rejection: Promise<never>;
  private timer: AwakeTimer;
  /** How much had passed when the timer began, in milliseconds. */
  private before = 0;

  /**
   * @param milliseconds how long the operation may take
   * @param extension how much longer it may take if the server has answered something in the meantime
   */
  constructor(milliseconds: number, message: string, extension?: Extension) {
    let reject: (error: Error) => void = () => undefined;
    this.rejection = new Promise<never>((_, rejectWith) => (reject = rejectWith));
    // It rejects even if the operation was in time.
    this.rejection.catch(() => undefined);
    const end = (): void => reject(new Error(message));
    const heard = extension?.heard();
    this.timer = new AwakeTimer(milliseconds, () => {
      if (!extension || extension.heard() === heard) return end();
      this.before = milliseconds;
      this.timer = new AwakeTimer(extension.milliseconds, end);
    });
  }

  /** How much of the time has passed, in milliseconds. */
  get passed(): number {
    return this.before + this.timer.passed;
  }
}

/** More time for a server that answers, but slowly. */
export interface Extension {
  readonly milliseconds: number;
  /** Returns a number that changes whenever the server has sent something. */
  readonly heard: () => number;
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
    private readonly extension?: Extension,
  ) {}

  begin(): Deadline {
    if (!this.current || this.current.passed > granularity)
      this.current = new Deadline(this.milliseconds + granularity, this.message, this.extension);
    return this.current;
  }
}
