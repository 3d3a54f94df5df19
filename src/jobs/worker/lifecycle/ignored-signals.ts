import { Injectable } from '@nestjs/common';
import type { AbortReason, RunningJob } from '../../store/attempt.js';
import { JobEvents } from '../../events/events.js';

/** How often running jobs are checked, in milliseconds. */
const checkEvery = 500;
/** How long a job may take to end after its signal has aborted, in milliseconds. */
const patience = 2_000;
/** How often the same job is reported again, in milliseconds. */
const remindAfter = 60_000;

/** A stop has its own grace and report, and a lost job belongs to another worker. */
const watched: ReadonlySet<AbortReason> = new Set(['timeout', 'cancel']);

/** Reports jobs that keep running after a timeout or a cancellation aborted their signal. Repeats once a minute. */
@Injectable()
export class IgnoredSignals {
  private timer?: NodeJS.Timeout;
  private readonly reportedAt = new Map<string, number>();

  constructor(private readonly events: JobEvents) {}

  start(worker: { jobs(): readonly RunningJob[] }): void {
    this.timer = setInterval(() => this.check(worker.jobs()), checkEvery).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.reportedAt.clear();
  }

  private check(running: readonly RunningJob[]): void {
    const ignoring = running.filter(
      // A job that is being settled has ended. If settling takes long, the problem is the store.
      ({ aborted, phase }) => aborted && watched.has(aborted) && phase !== 'settling',
    );
    for (const job of ignoring) this.reportIfDue(job);
    if (this.reportedAt.size === 0) return;
    const ids = new Set(ignoring.map(({ id }) => id));
    for (const id of this.reportedAt.keys()) if (!ids.has(id)) this.reportedAt.delete(id);
  }

  private reportIfDue({ id, name, queue, aborted, abortedAt }: RunningJob): void {
    const now = Date.now();
    const since = abortedAt!;
    if (now - since < patience || now - (this.reportedAt.get(id) ?? 0) < remindAfter) return;
    this.reportedAt.set(id, now);
    this.events.emit({ type: 'signal-ignored', id, name, queue, reason: aborted!, since });
  }
}
