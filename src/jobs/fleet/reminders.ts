import type { JobEvent, JobEvents } from '../events/events.js';

/** How often a problem that lasts is reported again, in milliseconds. */
const remindAfter = 60_000;

export interface Reminder {
  /** Emitted while the problem lasts. */
  readonly problem: JobEvent;
  /** Emitted when it is over. */
  readonly solved: JobEvent;
}

/**
 * Reports problems that are seen in regular checks. A problem is reported from the second check on, because a deploy may
 * leave a moment without workers, then at most once a minute, and once when it is over.
 */
export class Reminders {
  /** When each problem was last reported; 0 if it was seen only once. */
  private readonly reportedAt = new Map<string, number>();
  private readonly last = new Map<string, Reminder>();

  constructor(private readonly events: JobEvents) {}

  /** @param seen the problems of this check, each with a key of its own */
  update(seen: ReadonlyMap<string, Reminder>): void {
    for (const [key, reportedAt] of this.reportedAt) {
      if (seen.has(key)) continue;
      if (reportedAt > 0) this.events.emit(this.last.get(key)!.solved);
      this.reportedAt.delete(key);
      this.last.delete(key);
    }
    for (const [key, reminder] of seen) this.remind(key, reminder);
  }

  private remind(key: string, reminder: Reminder): void {
    const reportedAt = this.reportedAt.get(key);
    this.last.set(key, reminder);
    if (reportedAt === undefined) this.reportedAt.set(key, 0);
    else if (Date.now() - reportedAt >= remindAfter) {
      this.events.emit(reminder.problem);
      this.reportedAt.set(key, Date.now());
    }
  }
}
