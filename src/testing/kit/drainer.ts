import type { Type } from '@nestjs/common';
import { FledgeError } from '../../jobs/values/errors.js';
import type { Performable } from '../../jobs/job/job.js';
import type { MemoryJob } from '../../jobs/engines/memory/memory-job.js';
import type { MemoryQueue } from '../../jobs/engines/memory/memory-queue.js';
import type { HeldClock } from './held-clock.js';
import type { Performer } from './performer.js';
import type { PerformedJob } from '../records/recorded.js';
import type { Found, TestStore } from './test-store.js';

type JobClasses = Type<Performable> | readonly Type<Performable>[];

/** Which jobs. */
export interface JobSelection {
  /** Jobs of this class, or these, alone. @default all */
  readonly only?: JobClasses;
  /** All but these. @default none */
  readonly except?: JobClasses;
  /** Of this queue alone. @default all */
  readonly queue?: string;
}

export interface DrainOptions extends JobSelection {
  /**
   * Also what was enqueued for later (`delay`, `at`) and what was snoozed, each once. Retries and the ticks of schedules keep
   * their time: that is what `advance` is for.
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

/** More than what waited at first, in one moment: a job enqueues itself. */
const mostMore = 10_000;

/** Runs what is due, one job after the other, and lets time pass. */
export class Drainer {
  /** How often those that were under way were told to stop. */
  private stops = 0;
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: DrainerParts) {}

  /** @throws FledgeError `FLEDGE_DRAIN_ENDLESS` */
  drain(options: DrainOptions): Promise<PerformedJob[]> {
    return this.inTurn(() => this.runDue(options, this.stops));
  }

  /**
   * @param time milliseconds since 1970
   * @throws FledgeError `FLEDGE_DRAIN_ENDLESS`
   */
  travel(time: number, selection: JobSelection): Promise<PerformedJob[]> {
    return this.inTurn(() => this.runUntil(time, selection, this.stops));
  }

  /** Those that are under way begin no more jobs. */
  stop(): void {
    this.stops += 1;
  }

  /** One after the other: the second would find nothing due while the first still runs a job. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    // A job that drains is itself part of a turn.
    if (this.parts.performer.recording) return work();
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async runDue(options: DrainOptions, stops: number): Promise<PerformedJob[]> {
    const { performer, store } = this.parts;
    const from = performer.performed.length;
    const most = from + store.pending().length + mostMore;
    const isSelected = this.selector(options);
    const seen = new Set<string>();
    const mayBeForLater = (found: Found): boolean =>
      options.withScheduled === true &&
      found.job.attemptsMade === 0 &&
      !seen.has(found.job.id) &&
      !store.isNextTick(found);
    for (;;) {
      const next = this.stops === stops ? this.next(isSelected, mayBeForLater) : undefined;
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

  /** The one that has been due longest; of a queue's, the one that the queue puts first. */
  private next(isSelected: Selector, mayBeForLater: (found: Found) => boolean): Found | undefined {
    const { store } = this.parts;
    const heads = store.refreshed().flatMap((queue): Found[] => {
      const due = queue.jobs.in('waiting').find((job) => isSelected(queue, job));
      if (due) return [{ queue, job: due, place: 'waiting' }];
      const later = queue.jobs
        .in('delayed')
        .find((job) => isSelected(queue, job) && mayBeForLater({ queue, job, place: 'delayed' }));
      return later ? [{ queue, job: later, place: 'delayed' }] : [];
    });
    return heads.toSorted((a, b) => a.job.dueAt - b.job.dueAt || store.compareEnqueues(a, b))[0];
  }

  /** Milliseconds since 1970. */
  private nextDue(isSelected: Selector): number | undefined {
    const times = this.parts.store
      .refreshed()
      .flatMap((queue) => queue.jobs.in('delayed').find((job) => isSelected(queue, job))?.dueAt ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  private selector({ only, except, queue: wantedQueue }: JobSelection): Selector {
    const wanted = only && this.namesOfAll(only);
    const unwanted = this.namesOfAll(except ?? []);
    return (queue, { name }) =>
      (wanted?.includes(name) ?? true) &&
      !unwanted.includes(name) &&
      (wantedQueue ?? queue.name) === queue.name;
  }

  private namesOfAll(classes: JobClasses): string[] {
    return [classes].flat().flatMap((job: Type<Performable>) => [...this.parts.namesOf(job)]);
  }
}

function endless(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_DRAIN_ENDLESS',
    `${mostMore} attempts more than there were jobs ran at one moment, and ${name} is due again: does it enqueue itself, or snooze for no time at all? Give the follow-up a delay, or leave it out: jobs.drain({ except: ${name} }).`,
  );
}
