import type { ConnectionOptions, Job, KeepJobs } from 'bullmq';
import { Attempt } from '../../../store/attempt.js';
import { asError } from '../../../values/errors.js';
import type { JobEvents } from '../../../events/events.js';
import type { Outcome } from '../../../store/outcome.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import type { Keep, Retention } from '../../../config/retention.js';
import type { RunningAttempts } from '../../../store/running-attempts.js';
import { lockDuration, type Execute } from '../../../store/store.js';
import { Breaker } from './breaker.js';
import { BullAttempt, type AttemptHost } from './bull-attempt.js';
import type { RedisClient } from '../connection/connection.js';
import { DamagedJobs, type BuriedJob } from './damaged-jobs.js';
import { FetchWatch } from './fetch-watch.js';
import { FinishedJobs } from './finished-jobs.js';
import { patiently } from './retry-while-locked.js';
import { PatientWorker } from './patient-worker.js';
import { isDataFault, isRefusal } from '../connection/refusal.js';
import { repeatSettings } from '../connection/repeat-strategy.js';
import type { Refusals } from './refusals.js';
import { JobLeft, Settlement, type JobMover } from './settlement.js';
import type { StoreErrors } from '../connection/store-errors.js';
import type { ToldTroubles } from '../connection/trouble-log.js';

/** Locks are renewed at half their time, also while a stop waits for running jobs. */
const stalledInterval = 2_000;
/** BullMQ fails a job that stalled this often. The number is never reached: the executor detects poison jobs instead. */
const maxStalledCount = 1_000_000;
const keepLogLines = 1_000;

/** An idle slot may claim one more job after `pause`. The job goes back to its queue without an event. */
const neverRan: Outcome = { kind: 'interrupted' };

export interface ProcessorResources {
  /** The process's id in the fleet, under which the server lists its processors. */
  readonly name: string;
  readonly client: RedisClient;
  readonly prefix: string;
  readonly execute: Execute;
  readonly running: RunningAttempts;
  readonly refusals: Refusals;
  readonly told: ToldTroubles;
  readonly events: JobEvents;
  readonly errors: StoreErrors;
  /** Whether a queue had a worker at that time, in milliseconds since 1970. */
  readonly wasServed: (queue: string, time: number) => Promise<boolean>;
  readonly retention: Retention;
  /** For a user who may not run INFO: BullMQ's connection would never open. Delays are then up to 1 s late. */
  readonly skipVersionCheck: boolean;
}

/** Fetches the jobs of one queue and passes each to the executor. Every queue has its own, so that no queue starves another. */
export class QueueProcessor implements AttemptHost, JobMover {
  private worker: PatientWorker;
  private stopping = false;
  private readonly breaker: Breaker;
  private readonly finished = new FinishedJobs();
  private active = 0;
  private readonly watch = new FetchWatch(Date.now());
  private readonly damaged: DamagedJobs;

  constructor(
    private readonly plan: QueuePlan,
    private readonly resources: ProcessorResources,
  ) {
    const { client, prefix } = resources;
    this.damaged = new DamagedJobs(client, prefix, plan.name, (job) => this.onBuried(job));
    this.worker = this.newWorker();
    const pausable = { pause: () => void this.worker.pause(true), resume: () => void this.worker.resume() };
    this.breaker = new Breaker(plan.name, pausable, resources.refusals);
  }

  start(): void {
    this.worker.run().catch((error: unknown) => this.onError(asError(error)));
  }

  get errors(): StoreErrors {
    return this.resources.errors;
  }

  get name(): string {
    return this.plan.name;
  }

  /** The store refuses to serve this queue. */
  get isRefused(): boolean {
    return this.breaker.isOpen;
  }

  /** How long it should have fetched and has not, in milliseconds. 0 while the silence is usual. */
  get silentFor(): number {
    return this.watch.silentFor(Date.now());
  }

  /** Does not count the silence of a store that is down. */
  excuse(): void {
    this.watch.excuse(Date.now());
  }

  /** Replaces a worker that silently stopped fetching. BullMQ's workers have done so after a lost connection. */
  checkFetching(): void {
    if (this.stopping || this.breaker.isOpen || this.active >= this.plan.concurrency) return this.excuse();
    const silentFor = this.watch.look(this.worker, Date.now());
    if (silentFor === 0) return;
    this.resources.events.emit({ type: 'processor-replaced', queue: this.plan.name, silentFor });
    const silent = this.worker;
    this.worker = this.newWorker();
    this.start();
    // Its running jobs end there. It renews their locks until it has closed.
    silent.close().catch(() => undefined);
  }

  quiet(): void {
    this.stopping = true;
    this.breaker.stop();
    // Does not wait for the running jobs. Their locks are still renewed.
    void this.worker.pause(true);
  }

  /** Waits until the last job is acknowledged. Hangs if the store hangs. */
  async close(): Promise<void> {
    await this.worker.close();
  }

  private newWorker(): PatientWorker {
    const { name, client, prefix, running, retention, skipVersionCheck } = this.resources;
    const worker = new PatientWorker(
      this.plan.name,
      (job: Job, token?: string) => this.process(job, token!),
      {
        connection: client as ConnectionOptions,
        prefix,
        name,
        // Without the version, BullMQ assumes an old Redis, and delayed jobs start up to a second late.
        skipVersionCheck,
        settings: repeatSettings,
        autorun: false,
        concurrency: this.plan.concurrency,
        lockDuration,
        stalledInterval,
        maxStalledCount,
        removeOnComplete: keepJobs(retention.completed),
        removeOnFail: keepJobs(retention.dead),
      },
    );
    worker.damaged = this.damaged;
    worker.onServed = () => this.resources.refusals.served(this.plan.name);
    worker.on('error', (error) => this.onError(error));
    worker.on('completed', (job) => this.finished.forget(job));
    worker.on('failed', (job) => job && this.finished.forget(job));
    worker.on('locksRenewed', ({ jobIds }) => running.renew(jobIds));
    worker.on('lockRenewalFailed', (ids: string[]) => ids.forEach((id) => running.abort('lease', id)));
    return worker;
  }

  private async process(job: Job, token: string): Promise<unknown> {
    job.opts.keepLogs = keepLogLines;
    const stored = new BullAttempt(job, this.plan.name, this);
    const attempt = new Attempt(stored, stored);
    const { running } = this.resources;
    running.begin(attempt);
    this.active += 1;
    try {
      const outcome = await this.outcomeOf(attempt, job);
      attempt.phase = 'settling';
      return await this.settle(outcome, job, token, attempt);
    } finally {
      this.active -= 1;
      running.end(attempt);
    }
  }

  private async outcomeOf(attempt: Attempt, job: Job): Promise<Outcome> {
    const known = this.finished.recall(job);
    if (known) return known;
    if (this.stopping) return neverRan;
    const outcome = await this.resources.execute(attempt);
    this.finished.remember(job, outcome);
    return outcome;
  }

  private async settle(outcome: Outcome, job: Job, token: string, attempt: Attempt): Promise<unknown> {
    try {
      return await new Settlement(job, token, attempt, this).settle(outcome);
    } catch (signal) {
      if (signal instanceof JobLeft) this.leave(attempt, signal, outcome);
      else if (outcome.kind === 'interrupted' && outcome !== neverRan) this.handBack(attempt);
      throw signal;
    }
  }

  /** If the job's own record is damaged, the job goes to the dead set instead, and BullMQ lets go of it. */
  async move(
    attempt: Attempt,
    { id: done }: Job,
    token: string,
    move: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await this.whileLeased(attempt, move);
    } catch (thrown) {
      if (!(await this.damaged.bury({ thrown, token, done }))) throw thrown;
    }
  }

  /** The job ends like a killed one, with the same event, log line, count and failure handlers. */
  private onBuried({ id, name, attemptsMade, error }: BuriedJob): void {
    const attempt = attemptsMade + 1;
    const fact = { id, name, queue: this.plan.name, attempt, attempts: attempt, wait: 0, duration: 0 };
    this.resources.events.emit({ type: 'finished', ...fact, outcome: { kind: 'killed', error } });
  }

  wasServed(queue: string, time: number): Promise<boolean> {
    return this.resources.wasServed(queue, time);
  }

  whileLeased(attempt: Attempt, work: () => Promise<unknown>): Promise<unknown> {
    const lockedUntil = (): number => attempt.leasedAt + lockDuration;
    return patiently(work, lockedUntil, (error) => this.onError(error));
  }

  private handBack({ job: { id, name, queue }, abortedAt, startedAt }: Attempt): void {
    this.resources.running.handedBack += 1;
    const duration = Date.now() - (abortedAt ?? startedAt);
    this.resources.events.emit({ type: 'handed-back', id, name, queue, duration });
  }

  private leave(attempt: Attempt, { cause }: JobLeft, { kind }: Outcome): void {
    const { id, name, queue } = attempt.job;
    if (kind === 'interrupted') this.resources.running.leave(attempt);
    this.resources.events.emit({ type: 'job-left', id, name, queue, error: this.errors.trouble(cause) });
  }

  /**
   * Handles what the store itself refuses. The store's own link reports connection errors, once. A script that failed at one job's
   * record comes here only if no such job was found. The queue's own keys are damaged then.
   */
  private onError(error: Error): void {
    if (!isRefusal(error) && !isDataFault(error)) return;
    if (this.stopping) this.resources.refusals.note(this.plan.name, error);
    else this.breaker.trip(error);
  }
}

/** BullMQ counts ages in seconds. */
function keepJobs({ age, count }: Keep): KeepJobs {
  return { age: Math.ceil(age / 1_000), count };
}
