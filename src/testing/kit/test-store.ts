import type { Attempt } from '../../jobs/store/attempt.js';
import { FledgeError } from '../../jobs/values/errors.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import { stateIn, type MemoryJob, type Place } from '../../jobs/engines/memory/memory-job.js';
import type { MemoryQueue } from '../../jobs/engines/memory/memory-queue.js';
import { MemoryStore } from '../../jobs/engines/memory/memory-store.js';
import { unlimited } from '../../jobs/job/retry/policy.js';
import type { Outcome } from '../../jobs/store/outcome.js';
import type { Retention } from '../../jobs/config/retention.js';
import type { RunningAttempts } from '../../jobs/store/running-attempts.js';
import type { AddResult, Execute, NewJob, QueueStats, StoreWorker } from '../../jobs/store/store.js';
import type { HeldClock } from './held-clock.js';
import type { EnqueuedJob } from '../records/recorded.js';

/** A job, and the queue that it is in. */
export interface Found {
  readonly queue: MemoryQueue;
  readonly job: MemoryJob;
  readonly place: Place;
}

/** What happens to a job that was added just now. */
export type OnAdded = (found: Found) => Promise<void>;

/** The memory store of every application, with a clock that is held and nobody who works. */
export class TestStore extends MemoryStore {
  /** Runs whatever is asked to run. Set by the kit. */
  execute: Execute = () => Promise.reject(new Error('the kit is not ready'));
  onAdded: OnAdded = () => Promise.resolve();
  /** Set: the server is away. */
  isDown = false;
  private readonly running: RunningAttempts;
  /** How many jobs had been enqueued when a job was, by its id: many have the same time. */
  private readonly ranks = new Map<string, number>();

  constructor(retention: Retention, clock: HeldClock, random: () => number) {
    super(retention, clock, random);
    this.running = this.cancellations.newAttempts();
  }

  override async add(job: NewJob): Promise<AddResult> {
    if (this.isDown) return { status: 'failed', error: away(job.id) };
    this.ranks.set(job.id, this.ranks.size);
    // Where Date stands still, a cancellation would have the same time as what is enqueued after it.
    this.cancellations.forgetAll();
    const result = await super.add(job);
    const found = result.status === 'duplicate' ? undefined : this.found(job.queue, job.id);
    if (found) await this.onAdded(found);
    return result;
  }

  override async ping(): Promise<number> {
    if (this.isDown) throw away();
    return super.ping();
  }

  override async stats(names: readonly string[]): Promise<QueueStats[]> {
    if (this.isDown) throw away();
    return super.stats(names);
  }

  override work(): Promise<StoreWorker> {
    throw new FledgeError(
      'FLEDGE_TEST_WORKER',
      'A worker was started on the testing kit’s store, whose clock stands still: the kit runs jobs itself. Use jobs.drain() or jobs.advance(); for a worker as in production, startRedis() and startWorker(AppModule).',
    );
  }

  /** Before zero, after more than zero if this job was enqueued after that; ticks of schedules come last. */
  compareEnqueues(a: Found, b: Found): number {
    const rank = ({ job }: Found): number => this.ranks.get(job.id) ?? Number.MAX_SAFE_INTEGER;
    return rank(a) - rank(b);
  }

  /** All queues that there are, with what has fallen due where it waits. */
  refreshed(): MemoryQueue[] {
    const queues = [...this.queues.keys()].map((name) => this.queue(name));
    for (const queue of queues) queue.refresh();
    return queues;
  }

  /** Every job that waits, is scheduled or waits for another attempt. */
  pending(): Found[] {
    return this.refreshed().flatMap((queue) =>
      (['waiting', 'delayed'] as const).flatMap((place) =>
        queue.jobs.in(place).map((job) => ({ queue, job, place })),
      ),
    );
  }

  /** Forgets every job that does not run, finished ones too, but the next ticks of schedules. */
  clear(): void {
    for (const queue of this.refreshed()) {
      const all = (['waiting', 'delayed', 'dead', 'completed'] as const).flatMap((place) => [
        ...queue.jobs.in(place),
      ]);
      for (const job of all) if (!this.timetable.isNext(job.id)) queue.remove(job);
    }
  }

  /** Whether a schedule made it for its next tick. */
  isNextTick({ job }: Found): boolean {
    return this.timetable.isNext(job.id);
  }

  /** A queue that begins nothing by itself. */
  protected override queue(name: string): MemoryQueue {
    const isNew = !this.queues.has(name);
    const queue = super.queue(name);
    if (isNew) queue.start(0, (attempt) => this.begin(attempt), this.running);
    return queue;
  }

  private begin(attempt: Attempt): Promise<Outcome> {
    this.timetable.begun(attempt.job.id);
    return this.execute(attempt);
  }

  private found(name: string, id: string): Found | undefined {
    const queue = this.queue(name);
    const job = queue.jobs.get(id);
    return job && { queue, job, place: queue.jobs.placeOf(id)! };
  }
}

/** As whoever writes a test wants to see it. */
export function enqueuedJob({ queue, job, place }: Found): EnqueuedJob {
  const { payload, meta = {}, tick } = JSON.parse(job.data) as Envelope;
  const delay = Math.max(0, job.dueAt - queue.clock.now());
  return {
    id: job.id,
    name: job.name,
    queue: queue.name,
    payload,
    state: stateIn(place, job) as EnqueuedJob['state'],
    at: new Date(job.dueAt),
    delay,
    priority: job.priority,
    attempt: job.attemptsMade,
    attempts: job.attempts >= unlimited ? Infinity : job.attempts,
    unique: job.unique !== undefined,
    meta,
    schedule: tick?.schedule,
  };
}

function away(jobId?: string): FledgeError {
  const details = jobId === undefined ? {} : { jobId };
  return new FledgeError(
    'FLEDGE_STORE_UNREACHABLE',
    'The store is away: the test said so (jobs.trouble.storeDown()).',
    details,
  );
}
