const granularity = 50;

/**
 * A deadline for many short operations, for which a timer each would cost more than the operation. Operations that begin
 * within 50 ms share one timer, and each has at least the given time.
 */
export class SharedDeadline {
  private current?: { readonly begunAt: number; readonly rejection: Promise<never> };

  constructor(
    private readonly milliseconds: number,
    private readonly message: string,
  ) {}

  /** Returns a promise that rejects when the time is up, for `Promise.race`. */
  rejection(): Promise<never> {
    const now = performance.now();
    if (!this.current || now - this.current.begunAt > granularity)
      this.current = { begunAt: now, rejection: this.begin() };
    return this.current.rejection;
  }

  private begin(): Promise<never> {
    const rejection = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(this.message)), this.milliseconds + granularity).unref();
    });
    // It rejects even if every operation was in time.
    rejection.catch(() => undefined);
    return rejection;
  }
}
