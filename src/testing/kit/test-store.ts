import { FledgeError } from '../../jobs/values/errors.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import { subjectOf, type MemoryJob, type Place } from '../../jobs/engines/memory/queue/memory-job.js';
import type { MemoryQueue } from '../../jobs/engines/memory/queue/memory-queue.js';
import { MemoryStore } from '../../jobs/engines/memory/memory-store.js';
import { unlimited } from '../../jobs/job/retry/policy.js';
import type { Retention } from '../../jobs/config/retention.js';
import type { RunningAttempts } from '../../jobs/store/running-attempts.js';
import type { AddResult, Execute, NewJob, QueueStats, StoreWorker } from '../../jobs/store/store.js';
import type { HeldClock } from './held-clock.js';
import type { EnqueuedJob } from '../records/recorded.js';

/** A job that waits for its time or for its turn, with its queue. */
export interface PendingJob {
  readonly queue: MemoryQueue;
  readonly job: MemoryJob;
  readonly place: PendingPlace;
}

type PendingPlace = Extract<Place, 'waiting' | 'delayed'>;

const pendingPlaces = ['waiting', 'delayed'] as const;

/** Called for each job that was added. */
export type OnAdded = (pending: PendingJob) => Promise<void>;

/** The store in memory, with a clock that stands still and without a worker. */
export class TestStore extends MemoryStore {
  /** Runs an attempt. Set by the kit. */
  execute: Execute = () => Promise.reject(new Error('the kit is not ready'));
  onAdded: OnAdded = () => Promise.resolve();
  /** True while the test simulates an unreachable server. */
  isDown = false;
  private readonly running: RunningAttempts;
  /** The order of the enqueues, by job id. Many jobs have the same time. */
  private readonly ranks = new Map<string, number>();

  constructor(retention: Retention, clock: HeldClock, random: () => number) {
    super(retention, clock, random);
    this.running = this.cancellations.newAttempts();
  }

  override async add(job: NewJob): Promise<AddResult> {
    if (this.isDown) return { status: 'failed', error: storeDown(job.id) };
    this.ranks.set(job.id, this.ranks.size);
    // If Date stands still, a cancellation and a later enqueue would have the same time.
    this.cancellations.forgetAll();
    const result = await super.add(job);
    const pending = result.status === 'duplicate' ? undefined : this.find(job.queue, job.id);
    if (pending) await this.onAdded(pending);
    return result;
  }

  override async ping(): Promise<number> {
    if (this.isDown) throw storeDown();
    return super.ping();
  }

  override async stats(names: readonly string[]): Promise<QueueStats[]> {
    if (this.isDown) throw storeDown();
    return super.stats(names);
  }

  override work(): Promise<StoreWorker> {
    throw new FledgeError(
      'FLEDGE_TEST_WORKER',
      'A worker was started on the store of the testing kit, which runs jobs itself. Use jobs.drain() or jobs.advance(). For a worker as in production, use startRedis() and startWorker(AppModule).',
    );
  }

  /** Returns a negative number if `a` was enqueued before `b`. Jobs of schedules come last. */
  compareEnqueues(a: PendingJob, b: PendingJob): number {
    const rank = ({ job }: PendingJob): number => this.ranks.get(job.id) ?? Number.MAX_SAFE_INTEGER;
    return rank(a) - rank(b);
  }

  /** Returns all queues after moving their due jobs to the waiting ones. */
  refreshed(): MemoryQueue[] {
    const queues = [...this.queues.keys()].map((name) => this.queue(name));
    for (const queue of queues) queue.refresh();
    return queues;
  }

  /** Returns every job that waits, is scheduled, or waits for another attempt. */
  pending(): PendingJob[] {
    return this.refreshed().flatMap((queue) =>
      pendingPlaces.flatMap((place) => queue.jobs.in(place).map((job) => ({ queue, job, place }))),
    );
  }

  /** Deletes all jobs, except running jobs and the next runs of schedules. */
  clear(): void {
    for (const queue of this.refreshed()) {
      const all = ([...pendingPlaces, 'dead', 'completed'] as const).flatMap((place) => [
        ...queue.jobs.in(place),
      ]);
      for (const job of all) if (!this.timetable.isNext(job.id)) queue.remove(job);
    }
  }

  /** Returns whether a job waits because its queue or its class is paused. */
  isPaused({ queue, job }: Pick<PendingJob, 'queue' | 'job'>): boolean {
    if (queue.isPaused || this.pauses.size === 0) return queue.isPaused;
    return this.pauses.find({ name: job.name, subject: subjectOf(job) }) !== undefined;
  }

  /** Returns whether a job is due and not paused. */
  canStart(pending: PendingJob): boolean {
    return pending.place === 'waiting' && !this.isPaused(pending);
  }

  /** Returns whether a job is the next run of a schedule. */
  isNextTick({ job }: PendingJob): boolean {
    return this.timetable.isNext(job.id);
  }

  /** Opens a queue that starts no job by itself. */
  protected override queue(name: string): MemoryQueue {
    const isNew = !this.queues.has(name);
    const queue = super.queue(name);
    if (isNew)
      queue.start(
        0,
        this.beginner((attempt) => this.execute(attempt)),
        this.running,
      );
    return queue;
  }

  private find(name: string, id: string): PendingJob | undefined {
    const queue = this.queue(name);
    const job = queue.jobs.get(id);
    const place = pendingPlaces.find((one) => one === queue.jobs.placeOf(id));
    return job && place && { queue, job, place };
  }
}

/** Returns the public form of a job. */
export function enqueuedJob({ queue, job, place }: PendingJob): EnqueuedJob {
  const { payload, meta = {}, tick } = JSON.parse(job.data) as Envelope;
  const delay = Math.max(0, job.dueAt - queue.clock.now());
  return {
    id: job.id,
    name: job.name,
    queue: queue.name,
    payload,
    state: place === 'waiting' ? place : job.attemptsMade > 0 ? 'retrying' : 'scheduled',
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

function storeDown(jobId?: string): FledgeError {
  const details = jobId === undefined ? {} : { jobId };
  return new FledgeError(
    'FLEDGE_STORE_UNREACHABLE',
    'The store is unreachable, because the test called jobs.trouble.storeDown(). Call jobs.trouble.storeUp() to end this.',
    details,
  );
}
