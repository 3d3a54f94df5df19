/** The longest time that a timer takes, in milliseconds. */
const longest = 2 ** 31 - 1;

/** Keeps the process alive while calls are pending, because an open connection and the timers of a call do not. */
export class PendingCalls {
  private readonly pending = new Set<Promise<unknown>>();
  private timer?: NodeJS.Timeout | undefined;

  /** Counts a call until it ends. */
  async during<Result>(call: Promise<Result>): Promise<Result> {
    this.timer ??= setInterval(() => undefined, longest);
    this.pending.add(call);
    try {
      return await call;
    } finally {
      this.pending.delete(call);
      if (this.pending.size === 0) this.release();
    }
  }

  /** Resolves once no call is pending. */
  async idle(): Promise<void> {
    while (this.pending.size > 0) await Promise.allSettled(this.pending);
  }

  private release(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
