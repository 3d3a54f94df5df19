import type { Type } from '@nestjs/common';
import { FledgeError } from '../../jobs/values/errors.js';
import type { Performable } from '../../jobs/job/job.js';
import type { MemoryJob } from '../../jobs/engines/memory/queue/memory-job.js';
import type { MemoryQueue } from '../../jobs/engines/memory/queue/memory-queue.js';
import type { HeldClock } from './held-clock.js';
import type { Performer } from './performer.js';
import type { PerformedJob } from '../records/recorded.js';
import type { PendingJob, TestStore } from './test-store.js';

type JobClasses = Type<Performable> | readonly Type<Performable>[];

/** Selects jobs. */
export interface JobSelection {
  /** Only jobs of this class or these classes. @default all */
  readonly only?: JobClasses;
  /** All jobs except those of these classes. @default none */
  readonly except?: JobClasses;
  /** Only jobs in this queue. @default all */
  readonly queue?: string;
}

export interface DrainOptions extends JobSelection {
  /**
   * Also runs each job that was enqueued for later (`delay`, `at`) or was snoozed, once. Retries and runs of schedules keep their
   * time. Use `advance` for these.
   * @default false
   */
  readonly withScheduled?: boolean;
}

export interface DrainerParts {
  readonly store: TestStore;
  readonly clock: HeldClock;
  readonly performer: Performer;
  readonly namesOf: (job: Type<Performable>) => readonly string[];
  readonly onTimeChange: (now: Date) => void;
}

type Selector = (queue: MemoryQueue, job: MemoryJob) => boolean;

/** A drain may run this many attempts more than there were jobs. Beyond it, a job enqueues itself without end. */
const extraAttempts = 10_000;

/** Runs due jobs, one after the other, and moves the clock. */
export class Drainer {
  /** How often `stop` was called. A drain ends when this has changed. */
  private stops = 0;
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: DrainerParts) {}

  /** @throws FledgeError `FLEDGE_DRAIN_ENDLESS` */
  drain(options: DrainOptions): Promise<PerformedJob[]> {
    return this.inTurn(() => this.runDue(options, this.stops));
  }

  /**
   * @param time in milliseconds since 1970
   * @throws FledgeError `FLEDGE_DRAIN_ENDLESS`
   */
  travel(time: number, selection: JobSelection): Promise<PerformedJob[]> {
    return this.inTurn(() => this.runUntil(time, selection, this.stops));
  }

  /** Makes running drains start no more jobs. */
  stop(): void {
    this.stops += 1;
  }

  /** Runs drains one after the other. A second drain would find no due job while the first is running one. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    // A job that calls drain already runs in a drain.
    if (this.parts.performer.recording) return work();
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async runDue(options: DrainOptions, stops: number): Promise<PerformedJob[]> {
    const { performer, store } = this.parts;
    const from = performer.performed.length;
    const most = from + store.pending().length + extraAttempts;
    const isSelected = this.selector(options);
    const seen = new Set<string>();
    const includesScheduled = (pending: PendingJob): boolean =>
      options.withScheduled === true &&
      pending.job.attemptsMade === 0 &&
      !seen.has(pending.job.id) &&
      !store.isNextTick(pending);
    for (;;) {
      const next = this.stops === stops ? this.next(isSelected, includesScheduled) : undefined;
      if (!next) return performer.performed.slice(from);
      if (next.place === 'delayed') seen.add(next.job.id);
      if (performer.performed.length >= most) throw endless(next.job.name);
      await next.queue.run(next.job);
    }
  }

  private async runUntil(time: number, selection: JobSelection, stops: number): Promise<PerformedJob[]> {
    const { clock, performer } = this.parts;
    const from = performer.performed.length;
    const isSelected = this.selector(selection);
    for (;;) {
      await this.runDue(selection, stops);
      if (this.stops !== stops) return performer.performed.slice(from);
      const next = this.nextDue(isSelected);
      if (next === undefined || next > time) break;
      this.setClock(next);
    }
    this.setClock(Math.max(time, clock.now()));
    return performer.performed.slice(from);
  }

  private setClock(time: number): void {
    this.parts.clock.set(time);
    this.parts.onTimeChange(new Date(time));
  }

  /** Returns the job that has been due for the longest time. Within a queue, the order of the queue counts. */
  private next(
    isSelected: Selector,
    includesScheduled: (pending: PendingJob) => boolean,
  ): PendingJob | undefined {
    const { store } = this.parts;
    const heads = store.refreshed().flatMap((queue): PendingJob[] => {
      const due = queue.jobs.in('waiting').find((job) => isSelected(queue, job));
      if (due) return [{ queue, job: due, place: 'waiting' }];
      const later = queue.jobs
        .in('delayed')
        .find((job) => isSelected(queue, job) && includesScheduled({ queue, job, place: 'delayed' }));
      return later ? [{ queue, job: later, place: 'delayed' }] : [];
    });
    return heads.toSorted((a, b) => a.job.dueAt - b.job.dueAt || store.compareEnqueues(a, b))[0];
  }

  /** Returns the due time of the next job, in milliseconds since 1970. */
  private nextDue(isSelected: Selector): number | undefined {
    const times = this.parts.store
      .refreshed()
      .flatMap((queue) => queue.jobs.in('delayed').find((job) => isSelected(queue, job))?.dueAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  private selector({ only, except, queue: wantedQueue }: JobSelection): Selector {
    const wanted = only && this.namesOfAll(only);
    const unwanted = this.namesOfAll(except ?? []);
    return (queue, job) =>
      (wanted?.includes(job.name) ?? true) &&
      !unwanted.includes(job.name) &&
      (wantedQueue ?? queue.name) === queue.name &&
      !this.parts.store.isPaused({ queue, job });
  }

  private namesOfAll(classes: JobClasses): string[] {
    return [classes].flat().flatMap((job: Type<Performable>) => [...this.parts.namesOf(job)]);
  }
}

function endless(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_DRAIN_ENDLESS',
    `A drain ran ${extraAttempts} attempts more than there were jobs, and ${name} is due again. It may enqueue itself, or snooze for 0 ms, without end. Enqueue the next job with a delay, or exclude it: jobs.drain({ except: ${name} }).`,
  );
}
