import type { JobEvent, JobEvents } from '../events/events.js';
import { ReminderTimes } from '../values/reminder-times.js';

export interface Reminder {
  /** Emitted while the problem lasts. */
  readonly problem: JobEvent;
  /** Emitted when it is over. */
  readonly solved: JobEvent;
}

type Seen = ReadonlyMap<string, Reminder>;

/**
 * Reports problems that are seen in regular checks. A problem is reported from the second check on, because a deploy may
 * leave a moment without workers, then at most once a minute, and once when it is over.
 */
export class Reminders {
  private readonly times = new ReminderTimes<string>();
  /** The problems of the last check. */
  private last: Seen = new Map();
  /** The problems that have been reported and are not over. */
  private readonly reported = new Map<string, Reminder>();

  constructor(private readonly events: JobEvents) {}

  /** @param seen the problems of this check, each with its own key */
  update(seen: Seen): void {
    for (const [key, { solved }] of this.reported) {
      if (seen.has(key)) continue;
      this.events.emit(solved);
      this.reported.delete(key);
    }
    this.times.keepOnly(new Set(seen.keys()));
    for (const [key, reminder] of seen) if (this.last.has(key)) this.remind(key, reminder);
    this.last = seen;
  }

  private remind(key: string, reminder: Reminder): void {
    if (!this.times.isDue(key)) return;
    this.events.emit(reminder.problem);
    this.reported.set(key, reminder);
  }
}
