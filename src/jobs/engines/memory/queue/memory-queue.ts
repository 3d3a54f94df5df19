import { Attempt } from '../../../store/attempt.js';
import type { Retention } from '../../../config/retention.js';
import type { RunningAttempts } from '../../../store/running-attempts.js';
import type { AddResult, Execute, NewJob, QueueStats } from '../../../store/store.js';
import type { UniqueLock } from '../../../job/unique.js';
import type { Clock } from './clock.js';
import { JobLists } from './job-lists.js';
import { portOf, snapshotOf } from './memory-attempt.js';
import { newMemoryJob, type MemoryJob } from './memory-job.js';
import { settle, type JobMover } from './memory-settlement.js';
import { statsOf } from './queue-stats.js';
import { UniqueLocks } from './unique-locks.js';

interface Work {
  readonly execute: Execute;
  readonly running: RunningAttempts;
}

/** One queue: its jobs in all their states, and as many running as its concurrency allows. */
export class MemoryQueue implements JobMover {
  readonly jobs = new JobLists();
  private readonly locks: UniqueLocks;
  private lastTurn = 0;
  private firstTurn = 0;
  private concurrency = 0;
  /** While true, no job starts. Call `refresh` after a change. */
  isPaused = false;
  private work?: Work;
  private fillIsDue = false;
  private cancelWake: () => void = () => undefined;
  /** Called when a running job has ended as cancelled. */
  onCancelled: (job: MemoryJob) => void = () => undefined;

  constructor(
    readonly name: string,
    readonly clock: Clock,
    private readonly retention: Retention,
    private readonly random: () => number = Math.random,
  ) {
    this.locks = new UniqueLocks(clock);
  }

  private get isServed(): boolean {
    return this.concurrency > 0;
  }

  stats(): QueueStats {
    this.refresh();
    return statsOf(this, this.clock.now(), this.isServed);
  }

  /** Adds a job, unless the queue has one with the same id in any state. */
  add(job: NewJob): AddResult {
    if (this.jobs.get(job.id)) return { status: 'duplicate', duplicateOf: job.id };
    const lock = job.unique;
    const holder = lock && this.locks.holderOf(lock);
    if (lock && holder !== undefined) return this.addLocked(job, lock, holder);
    this.admit(job);
    return { status: 'enqueued' };
  }

  /** Removes a job that is not running. */
  remove(job: MemoryJob): void {
    this.jobs.remove(job);
    this.unlock(job);
  }

  /**
   * Moves a job that is not running into another queue, in its current state and with its lock.
   * @returns false if another job holds the same lock in that queue
   */
  moveTo(target: MemoryQueue, job: MemoryJob): boolean {
    const place = this.jobs.placeOf(job.id);
    if (!this.locks.handOver(job.unique, job.id, target.locks)) return false;
    const { dueAt } = job;
    this.jobs.remove(job);
    if (place === 'dead') target.jobs.put(job, 'dead');
    else target.enter(job, place === 'delayed' ? dueAt - target.clock.now() : 0);
    job.dueAt = dueAt;
    return true;
  }

  /** Adds a job whose lock another job holds. */
  private addLocked(job: NewJob, lock: UniqueLock, holder: string): AddResult {
    const isActive = this.jobs.placeOf(holder) === 'running';
    if (lock.mode === 'last' && isActive) {
      this.locks.follow(lock, job);
      return { status: 'enqueued' };
    }
    if (lock.mode === 'first' || isActive) return { status: 'duplicate', duplicateOf: holder };
    const replaced = this.jobs.get(holder);
    if (replaced) this.jobs.remove(replaced);
    // A follower was enqueued before this job, so this job replaces it too.
    this.locks.takeFollower(lock);
    this.admit(job);
    return { status: 'replaced', duplicateOf: holder };
  }

  private admit(job: NewJob): void {
    if (job.unique) this.locks.take(job.unique, job.id);
    const now = this.clock.now();
    this.enterAt(newMemoryJob(job, now), now + job.delay);
  }

  /** Releases the lock of a job that is done, and adds the job that waited for it. */
  private unlock({ id, unique }: MemoryJob): void {
    // A job that an operator retried no longer holds its lock.
    if (!this.locks.release(unique, id)) return;
    const follower = this.locks.takeFollower(unique);
    if (follower) this.add(follower);
  }

  /** Returns true if a job with this id waited to follow another one. It is dropped. */
  dropFollower(id: string): boolean {
    return this.locks.dropFollower(id);
  }

  /** Starts to run jobs. */
  start(concurrency: number, execute: Execute, running: RunningAttempts): void {
    this.concurrency = concurrency;
    this.work = { execute, running };
    this.fill();
  }

  /** Takes no more jobs. Running jobs continue. */
  quiet(): void {
    this.concurrency = 0;
    this.cancelWake();
  }

  /**
   * Puts a job behind the jobs that are due at the same time.
   * @param delay in milliseconds
   */
  enter(job: MemoryJob, delay: number): void {
    this.enterAt(job, this.clock.now() + delay);
  }

  /** @param dueAt in milliseconds since 1970 */
  enterAt(job: MemoryJob, dueAt: number): void {
    job.turn = ++this.lastTurn;
    this.put(job, dueAt);
  }

  /** Puts a job in front of all others. */
  handBack(job: MemoryJob): void {
    if (this.work) this.work.running.handedBack += 1;
    job.turn = --this.firstTurn;
    this.put(job, this.clock.now());
  }

  finish(job: MemoryJob, place: 'completed' | 'dead'): void {
    const now = this.clock.now();
    job.attemptsMade += 1;
    job.finishedAt = now;
    this.jobs.put(job, place);
    this.jobs.trim(place, this.retention[place], now);
    this.unlock(job);
  }

  /** Moves the jobs that are due now to the waiting list. Call it before reading the lists. */
  refresh(): void {
    this.promoteDue();
    this.fillSoon();
  }

  private promoteDue(): void {
    const now = this.clock.now();
    const delayed = this.jobs.in('delayed');
    while (delayed[0] && delayed[0].dueAt <= now) {
      const due = delayed[0];
      // As in BullMQ, a job that becomes due goes to the end of the queue.
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
    const waiting = this.isPaused ? [] : this.jobs.in('waiting');
    while (waiting[0] && this.jobs.in('running').length < this.concurrency) void this.run(waiting[0]);
  }

  /** Runs one attempt at a job that is waiting or scheduled. Never throws once the queue has been started. */
  async run(job: MemoryJob): Promise<void> {
    if (!this.work) throw new Error(`The queue ${this.name} has not been started.`);
    const { execute, running } = this.work;
    job.startedAt = this.clock.now();
    job.starts += 1;
    this.jobs.put(job, 'running');
    const release = (): boolean => this.locks.release(job.unique, job.id);
    const port = portOf(job, { clock: this.clock, random: this.random, release });
    const attempt = new Attempt(snapshotOf(job, this.name), port);
    running.begin(attempt);
    const outcome = await execute(attempt);
    running.end(attempt);
    if (outcome.kind === 'cancelled') this.onCancelled(job);
    settle(job, outcome, attempt, this);
    this.fill();
  }
}
