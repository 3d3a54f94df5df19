const granularity = 50;

/**
 * A deadline for many short pieces of work: a timer for each would cost more than the work. Those that begin within
 * 50 ms share one, and have at least the given time.
 */
export class SharedDeadline {
  private current?: { readonly begunAt: number; readonly rejection: Promise<never> };

  constructor(
    private readonly milliseconds: number,
    private readonly message: string,
  ) {}

  /** Rejects when time is up; to be raced against. */
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
    // It rejects also when everybody was in time.
    rejection.catch(() => undefined);
    return rejection;
  }
}
