import { Injectable } from '@nestjs/common';
import type { AbortReason, RunningJob } from '../../store/attempt.js';
import { JobEvents } from '../../events/events.js';
import { ReminderTimes } from '../../values/reminder-times.js';

/** How often running jobs are checked, in milliseconds. */
const checkEvery = 500;
/** How long a job may take to end after its signal has aborted, in milliseconds. */
const patience = 2_000;

/** A stop has its own grace and report, and a lost job belongs to another worker. */
const watched: ReadonlySet<AbortReason> = new Set(['timeout', 'cancel']);

/** Reports jobs that keep running after a timeout or a cancellation aborted their signal. Repeats once a minute. */
@Injectable()
export class IgnoredSignals {
  private timer?: NodeJS.Timeout;
  private readonly reminders = new ReminderTimes<string>();

  constructor(private readonly events: JobEvents) {}

  start(worker: { jobs(): readonly RunningJob[] }): void {
    this.timer = setInterval(() => this.check(worker.jobs()), checkEvery).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.reminders.clear();
  }

  private check(running: readonly RunningJob[]): void {
    const ignoring = new Set<string>();
    for (const { id, name, queue, phase, aborted, abortedAt } of running) {
      if (aborted === undefined || abortedAt === undefined || !watched.has(aborted)) continue;
      // A job that is being settled has ended. If settling takes long, the problem is the store.
      if (phase === 'settling') continue;
      ignoring.add(id);
      if (Date.now() - abortedAt < patience || !this.reminders.isDue(id)) continue;
      this.events.emit({ type: 'signal-ignored', id, name, queue, reason: aborted, since: abortedAt });
    }
    this.reminders.keepOnly(ignoring);
  }
}
