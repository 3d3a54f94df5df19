import { AsyncResource } from 'node:async_hooks';
import { defaultRetention, type Retention } from '../../config/retention.js';
import type { JobEvents } from '../../events/events.js';
import {
  Store,
  type AddResult,
  type Execute,
  type NewJob,
  type QueueStats,
  type StoreWorker,
} from '../../store/store.js';
import type { Finding } from '../../values/finding.js';
import type { QueuePlan } from '../../store/queue-plan.js';
import { systemClock, type Clock } from './queue/clock.js';
import { MemoryCancellations } from './memory-cancellations.js';
import { MemoryFleet } from './memory-fleet.js';
import { MemoryInventory } from './memory-inventory.js';
import { MemoryPauses } from './memory-pauses.js';
import { subjectOf, type MemoryJob } from './queue/memory-job.js';
import { MemoryQueue } from './queue/memory-queue.js';
import { QueueInMemory } from './queue-in-memory.js';
import { MemoryTimetable } from './memory-timetable.js';
import { titleOf } from '../../job/subjects.js';
import { closed } from './unclosed-stores.js';
import { MemoryWorker } from './memory-worker.js';

const unfinished = ['waiting', 'delayed', 'running'] as const;

/** Keeps jobs in this process's memory, for development and tests. It needs no server. The jobs are lost when the process ends. */
export class MemoryStore extends Store {
  readonly kind = 'memory';
  readonly description = 'memory';
  readonly fleet = new MemoryFleet();
  readonly cancellations: MemoryCancellations;
  readonly inventory: MemoryInventory;
  readonly pauses: MemoryPauses;
  readonly timetable: MemoryTimetable;
  protected readonly queues = new Map<string, MemoryQueue>();
  /** The async context of the boot. */
  private readonly boot = new AsyncResource('FledgeMemoryStore');
  private isOpen = true;

  constructor(
    private readonly retention: Retention = defaultRetention,
    protected readonly clock: Clock = systemClock,
    /** The random source of jitter, from 0 to 1. */
    private readonly random: () => number = Math.random,
    /** Where the loss of jobs is reported. */
    private readonly events?: JobEvents,
  ) {
    super();
    this.cancellations = new MemoryCancellations(this.boot);
    this.timetable = new MemoryTimetable(clock, (name) => this.queue(name));
    this.pauses = new MemoryPauses(
      () => [...this.queues.values()],
      (name) => this.queue(name),
    );
    this.inventory = new MemoryInventory(
      () => [...this.queues.keys()],
      (name) => this.queue(name),
      (id) => this.timetable.isNext(id),
      clock,
      this.cancellations,
    );
  }

  async add(job: NewJob): Promise<AddResult> {
    return this.queue(job.queue).add(job);
  }

  async inspect(): Promise<Finding[]> {
    return [];
  }

  async ping(): Promise<number> {
    return 0;
  }

  async stats(names: readonly string[]): Promise<QueueStats[]> {
    return names.map((name) => this.queue(name).stats());
  }

  engineQueue(queue: string): object {
    return new QueueInMemory(queue);
  }

  async work(plans: readonly QueuePlan[], execute: Execute): Promise<StoreWorker> {
    const attempts = this.cancellations.newAttempts();
    const begin = this.beginner(execute);
    for (const { name, concurrency } of plans) this.queue(name).start(concurrency, begin, attempts);
    return new MemoryWorker(
      plans.map(({ name }) => this.queue(name)),
      attempts,
    );
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) queue.quiet();
    if (this.isOpen) this.reportLoss();
    this.isOpen = false;
    closed(this);
  }

  /** Reports the jobs that have not finished. They are lost when the process ends. */
  reportLoss(): void {
    const left = [...this.queues.values()].flatMap(({ jobs }) =>
      unfinished.flatMap((place) => jobs.in(place)),
    );
    const lost = left.filter(({ id }) => !this.timetable.isNext(id));
    if (lost.length > 0) this.events?.emit({ type: 'memory-lost', jobs: countByTitle(lost) });
  }

  /**
   * Runs each attempt in the async context of the boot, as in a worker process. In the context of the request that enqueued
   * it, a job would see the request's user, its log fields and its finished transaction.
   */
  protected beginner(execute: Execute): Execute {
    return (attempt) => {
      this.timetable.begun(attempt.job.id);
      const { port, job } = attempt;
      port.pauses = this.pauses;
      port.claimRun = (schedule) => this.timetable.claimRun(schedule, job);
      port.waitForResume = (schedule) => this.timetable.waitForResume(schedule, job);
      return this.boot.runInAsyncScope(execute, undefined, attempt);
    };
  }

  protected queue(name: string): MemoryQueue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new MemoryQueue(name, this.clock, this.retention, this.random);
    queue.onCancelled = (job) => this.cancellations.rememberEnded(job, name);
    this.queues.set(name, queue);
    return queue;
  }
}

function countByTitle(jobs: readonly MemoryJob[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    const title = titleOf({ name: job.name, subject: subjectOf(job) });
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return counts;
}
