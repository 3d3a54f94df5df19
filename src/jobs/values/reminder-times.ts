/** The time between two reports of a problem that lasts, in milliseconds. */
export const remindAfter = 60_000;

/** The time of each problem's last report. A problem that lasts is reported once a minute. */
export class ReminderTimes<Key> {
  private readonly reportedAt = new Map<Key, number>();

  get isEmpty(): boolean {
    return this.reportedAt.size === 0;
  }

  /** Returns true for a problem that has not been reported within the last minute. It then counts as reported. */
  isDue(key: Key): boolean {
    const now = Date.now();
    if (now - (this.reportedAt.get(key) ?? 0) < remindAfter) return false;
    this.reportedAt.set(key, now);
    return true;
  }

  /** Forgets the problems that are over. */
  keepOnly(lasting: ReadonlySet<Key>): void {
    for (const key of this.reportedAt.keys()) if (!lasting.has(key)) this.reportedAt.delete(key);
  }

  clear(): void {
    this.reportedAt.clear();
  }
}
