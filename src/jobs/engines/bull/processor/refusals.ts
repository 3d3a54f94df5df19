import type { JobEvents } from '../../../events/events.js';
import type { StoreErrors } from '../connection/store-errors.js';
import type { ReportedProblems } from '../connection/reported-problems.js';
import { ReminderTimes } from '../../../values/reminder-times.js';

/**
 * Reports that the store refuses commands, for all queues of a worker together. Each cause is reported when it begins and
 * then once a minute. When every queue is served again, that is reported once.
 */
export class Refusals {
  private count = 0;
  private readonly refused = new Set<string>();
  private readonly reminders = new ReminderTimes<string>();

  constructor(
    private readonly events: JobEvents,
    private readonly reported: ReportedProblems,
    private readonly errors: StoreErrors,
  ) {}

  note(queue: string, thrown: Error): void {
    this.count += 1;
    this.refused.add(queue);
    const error = this.errors.explain(thrown);
    if (!this.reminders.isDue(error.code) || !this.reported.mayReport(error.code, this)) return;
    this.events.emit({ type: 'store-error', queue, error, count: this.count });
  }

  /** Call it when the store has answered a queue's processor. */
  served(queue: string): void {
    if (!this.refused.delete(queue) || this.refused.size > 0) return;
    this.events.emit({ type: 'store-serves', count: this.count });
    this.count = 0;
    this.reminders.clear();
  }
}
