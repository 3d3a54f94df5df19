import { Attempt, type AttemptPort, type JobSnapshot } from '../../store/attempt.js';
import type { EnvelopeNotes } from '../../store/envelope.js';
import type { Outcome } from '../../store/outcome.js';
import { timeOfJobId } from '../../values/job-id.js';
import type { Keep, Retention } from '../../config/retention.js';
import type { RunningAttempts } from '../../store/running-attempts.js';
import type { AddResult, Execute, NewJob, QueueStats } from '../../store/store.js';
import type { UniqueLock } from '../../job/unique.js';
import type { Clock } from './clock.js';
import { JobLists } from './job-lists.js';
import { UniqueLocks } from './unique-locks.js';
import { addLine, newMemoryJob, throughJson, type MemoryJob } from './memory-job.js';

/** One queue: its jobs in all their states, and as many running as its concurrency allows. */
export class MemoryQueue {
  readonly jobs = new JobLists();
  private readonly locks: UniqueLocks;
  private lastTurn = 0;
  private firstTurn = 0;
  private concurrency = 0;
  private execute?: Execute;
  private running?: RunningAttempts;
  private fillIsDue = false;
  private cancelWake: () => void = () => undefined;

  constructor(
    readonly name: string,
    readonly clock: Clock,
    private readonly retention: Retention,
    private readonly random: () => number = Math.random,
  ) {
    this.locks = new UniqueLocks(clock);
  }

  get isServed(): boolean {
    return this.concurrency > 0;
  }

  stats(): QueueStats {
    this.refresh();
    const waiting = this.jobs.in('waiting');
    const oldest = waiting.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
    return {
      name: this.name,
      size: waiting.length,
      scheduled: this.jobs.in('delayed').length,
      running: this.jobs.in('running').length,
      dead: this.jobs.in('dead').length,
      latency: waiting.length > 0 ? Math.max(0, this.clock.now() - oldest) : 0,
      paused: false,
      consumers: this.isServed ? 1 : 0,
    };
  }

  /** A job that is there already, in whatever state, is not added again. */
  add(job: NewJob): AddResult {
    if (this.jobs.get(job.id)) return { status: 'duplicate', duplicateOf: job.id };
    const holder = job.unique && this.locks.holderOf(job.unique);
    if (holder !== undefined) return this.addBeside(holder, job, job.unique!);
    this.admit(job);
    return { status: 'enqueued' };
  }

  /** Takes out a job that does not run. */
  remove(job: MemoryJob): void {
    this.jobs.remove(job);
    this.unlock(job);
  }

  /**
   * Moves a job that does not run into another queue, in the state that it is in, with its lock.
   * @returns false when that queue has another job with the same lock
   */
  moveTo(target: MemoryQueue, job: MemoryJob): boolean {
    const place = this.jobs.placeOf(job.id)!;
    if (!this.locks.handOver(job.unique, job.id, target.locks)) return false;
    const { dueAt } = job;
    this.jobs.remove(job);
    if (place === 'dead') target.jobs.put(job, 'dead');
    else target.enter(job, place === 'delayed' ? dueAt - target.clock.now() : 0);
    job.dueAt = dueAt;
    return true;
  }

  /** There is one that holds the same lock. */
  private addBeside(holder: string, job: NewJob, lock: UniqueLock): AddResult {
    const isActive = this.jobs.placeOf(holder) === 'running';
    if (lock.mode === 'last' && isActive) {
      this.locks.follow(lock, job);
      return { status: 'enqueued' };
    }
    if (lock.mode === 'first' || isActive) return { status: 'duplicate', duplicateOf: holder };
    this.jobs.remove(this.jobs.get(holder)!);
    // One that was kept to follow is older than this one.
    this.locks.takeFollower(lock);
    this.admit(job);
    return { status: 'replaced', duplicateOf: holder };
  }

  private admit(job: NewJob): void {
    if (job.unique) this.locks.take(job.unique, job.id);
    const now = this.clock.now();
    this.enterAt(newMemoryJob(job, now), now + job.delay);
  }

  /** It is done, and the one that was kept to follow it comes. */
  private unlock({ id, unique }: MemoryJob): void {
    // One that is retried by hand has none.
    if (!this.locks.release(unique, id)) return;
    const follower = this.locks.takeFollower(unique);
    if (follower) this.add(follower);
  }

  /** True if a job with this id was kept to follow another, and is no more. */
  dropFollower(id: string): boolean {
    return this.locks.dropFollower(id);
  }

  start(concurrency: number, execute: Execute, running: RunningAttempts): void {
    Object.assign(this, { concurrency, execute, running });
    this.fill();
  }

  /** Takes no more jobs; those that run go on. */
  quiet(): void {
    this.concurrency = 0;
    this.cancelWake();
  }

  /** Puts a job behind those that are due at the same time: at once, or in `delay` milliseconds. */
  enter(job: MemoryJob, delay: number): void {
    this.enterAt(job, this.clock.now() + delay);
  }

  /** The same for a time, in milliseconds since 1970. */
  enterAt(job: MemoryJob, dueAt: number): void {
    job.turn = ++this.lastTurn;
    this.put(job, dueAt);
  }

  /** Before somebody looks: moves what has fallen due to where it waits. */
  refresh(): void {
    this.promoteDue();
    this.fillSoon();
  }

  private promoteDue(): void {
    const now = this.clock.now();
    const delayed = this.jobs.in('delayed');
    while (delayed[0] && delayed[0].dueAt <= now) {
      const due = delayed[0];
      // As BullMQ: what falls due goes to the end of the queue.
      due.turn = ++this.lastTurn;
      this.jobs.put(due, 'waiting');
    }
    this.cancelWake();
    if (delayed[0] && this.isServed) this.cancelWake = this.clock.wakeAt(delayed[0].dueAt, () => this.fill());
  }

  private put(job: MemoryJob, dueAt: number): void {
    job.dueAt = dueAt;
    this.jobs.put(job, dueAt > this.clock.now() ? 'delayed' : 'waiting');
    this.fillSoon();
  }

  /** Not in the caller's tick: an enqueue returns before its job starts, as with a real queue. */
  private fillSoon(): void {
    if (this.fillIsDue) return;
    this.fillIsDue = true;
    setImmediate(() => {
      this.fillIsDue = false;
      this.fill();
    });
  }

  private fill(): void {
    this.promoteDue();
    const waiting = this.jobs.in('waiting');
    while (waiting[0] && this.jobs.in('running').length < this.concurrency) void this.run(waiting[0]);
  }

  /** One attempt at a job that waits, or is not due yet. Never throws. */
  async run(job: MemoryJob): Promise<void> {
    job.startedAt = this.clock.now();
    job.starts += 1;
    this.jobs.put(job, 'running');
    const attempt = new Attempt(this.snapshotOf(job), this.portOf(job));
    this.running!.begin(attempt);
    const outcome = await this.execute!(attempt);
    this.running!.end(attempt);
    this.settle(job, outcome);
    this.fill();
  }

  private snapshotOf(job: MemoryJob): JobSnapshot {
    return {
      id: job.id,
      name: job.name,
      queue: this.name,
      data: JSON.parse(job.data),
      attempt: job.attemptsMade + 1,
      attempts: job.attempts,
      crashes: 0,
      dueAt: job.dueAt,
      firstDueAt: job.firstDueAt,
      enqueuedAt: timeOfJobId(job.id) ?? job.enqueuedAt,
      anewAt: job.anewAt,
      starts: job.starts,
    };
  }

  private portOf(job: MemoryJob): AttemptPort {
    return {
      ...(job.unique?.until === 'start' && { begin: async () => this.locks.release(job.unique, job.id) }),
      now: () => this.clock.now(),
      random: this.random,
      log: async (line) => addLine(job, line),
      keepNotes: async (notes) => remember(job, { notes }),
      progress: async (value) => {
        job.progress = throughJson(value);
      },
    };
  }

  /** What an outcome means in memory. */
  private settle(job: MemoryJob, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'completed':
        job.result = throughJson(outcome.result);
        return this.finish(job, 'completed', this.retention.completed);
      case 'failed':
        remember(job, outcome.note);
        if (outcome.retryIn === undefined) return this.finish(job, 'dead', this.retention.dead);
        job.attemptsMade += 1;
        return this.enter(job, outcome.retryIn);
      case 'killed':
        remember(job, outcome.note);
        return this.finish(job, 'dead', this.retention.dead);
      case 'discarded':
      case 'expired':
      case 'cancelled':
      case 'lost':
        return this.remove(job);
      case 'snoozed':
        remember(job, outcome.note);
        return this.enter(job, outcome.delay);
      case 'interrupted':
        remember(job, outcome.note);
        this.running!.handedBack += 1;
        job.turn = --this.firstTurn;
        return this.put(job, this.clock.now());
    }
  }

  private finish(job: MemoryJob, place: 'completed' | 'dead', keep: Keep): void {
    const now = this.clock.now();
    job.attemptsMade += 1;
    job.finishedAt = now;
    this.jobs.put(job, place);
    this.jobs.trim(place, keep, now);
    this.unlock(job);
  }
}

function remember(job: MemoryJob, note: EnvelopeNotes | undefined): void {
  if (note) job.data = JSON.stringify({ ...(JSON.parse(job.data) as object), ...note });
}
