/** Callers that wait for the next call of `wake`, such as for the end of the last running job. */
export class Waiters {
  private waiting: (() => void)[] = [];

  /**
   * Resolves at the next `wake`.
   *
   * @param atMost resolves after this time at the latest, in milliseconds. @default waits without a limit
   */
  async next(atMost?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
      if (atMost !== undefined) timer = setTimeout(resolve, atMost);
    });
    clearTimeout(timer);
  }

  wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
