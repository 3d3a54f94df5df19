import { Injectable } from '@nestjs/common';
import type { AbortReason, RunningJob } from '../../store/attempt.js';
import { JobEvents } from '../../events/events.js';

/** Milliseconds. */
const lookEvery = 500;
const patience = 2_000;
const remindAfter = 60_000;

/** A stop has its own grace and report; a lost job is another worker's. */
const watched: ReadonlySet<AbortReason> = new Set(['timeout', 'cancel']);

/** Names the jobs that were asked to end, by their timeout or by somebody, and go on; again once a minute. */
@Injectable()
export class SignalWatch {
  private timer?: NodeJS.Timeout;
  private readonly toldAt = new Map<string, number>();

  constructor(private readonly events: JobEvents) {}

  start(running: () => readonly RunningJob[]): void {
    this.timer = setInterval(() => this.look(running()), lookEvery).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.toldAt.clear();
  }

  private look(running: readonly RunningJob[]): void {
    const deaf = running.filter(
      // One that is being settled has ended; if that takes long, the store is in trouble, not the job.
      ({ aborted, phase }) => aborted && watched.has(aborted) && phase !== 'settling',
    );
    for (const job of deaf) this.consider(job);
    if (this.toldAt.size === 0) return;
    const ids = new Set(deaf.map(({ id }) => id));
    for (const id of this.toldAt.keys()) if (!ids.has(id)) this.toldAt.delete(id);
  }

  private consider({ id, name, queue, aborted, abortedAt }: RunningJob): void {
    const now = Date.now();
    const since = abortedAt!;
    if (now - since < patience || now - (this.toldAt.get(id) ?? 0) < remindAfter) return;
    this.toldAt.set(id, now);
    this.events.emit({ type: 'signal-ignored', id, name, queue, reason: aborted!, since });
  }
}
