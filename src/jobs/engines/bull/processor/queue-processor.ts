import type { Job, KeepJobs } from 'bullmq';
import { asError } from '../../../values/errors.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import type { Keep } from '../../../config/retention.js';
import { lockDuration } from '../../../store/store.js';
import { bullConnection } from '../connection/connection.js';
import { isDataFault, isRefusal } from '../connection/refusal.js';
import { repeatSettings } from '../connection/repeat-strategy.js';
import { Breaker } from './breaker.js';
import { DamagedJobs, type BuriedJob } from './damaged-jobs.js';
import { FetchWatch } from './fetch-watch.js';
import { JobRunner } from './job-runner.js';
import { PatientWorker } from './patient-worker.js';
import type { ProcessorResources } from './processor-resources.js';

/** Locks are renewed at half their time, also while a stop waits for running jobs. */
const stalledInterval = 2_000;
/** BullMQ fails a job that stalled this often. The number is never reached: the executor detects poison jobs instead. */
const maxStalledCount = 1_000_000;

/** Keeps a BullMQ worker fetching the jobs of one queue, and passes each to the runner. Every queue has its own, so that no queue starves another. */
export class QueueProcessor {
  private worker: PatientWorker;
  private stopping = false;
  private readonly breaker: Breaker;
  private readonly watch = new FetchWatch(Date.now());
  private readonly damaged: DamagedJobs;
  private readonly runner: JobRunner;

  constructor(
    private readonly plan: QueuePlan,
    private readonly resources: ProcessorResources,
  ) {
    const { client, prefix } = resources;
    this.damaged = new DamagedJobs(client, prefix, plan.name, (job) => this.onBuried(job));
    this.runner = new JobRunner(plan.name, resources, this.damaged, (error) => this.onError(error));
    this.worker = this.newWorker();
    const pausable = { pause: () => void this.worker.pause(true), resume: () => void this.worker.resume() };
    this.breaker = new Breaker(plan.name, pausable, resources.refusals);
  }

  start(): void {
    this.worker.run().catch((error: unknown) => this.onError(asError(error)));
  }

  get name(): string {
    return this.plan.name;
  }

  /** True while the store refuses to serve this queue. */
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
    if (this.stopping || this.breaker.isOpen || this.runner.active >= this.plan.concurrency)
      return this.excuse();
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
    this.runner.quiet();
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
    const worker = new PatientWorker(this.plan.name, (job: Job, token = '') => this.runner.run(job, token), {
      connection: bullConnection(client),
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
    });
    worker.damaged = this.damaged;
    worker.onServed = () => this.resources.refusals.served(this.plan.name);
    worker.on('error', (error) => this.onError(error));
    worker.on('completed', (job) => this.runner.acknowledged(job));
    worker.on('failed', (job) => job && this.runner.acknowledged(job));
    worker.onRenewed = (ids, sentAt) => running.renew(ids, sentAt);
    worker.on('lockRenewalFailed', (ids: string[]) => ids.forEach((id) => running.abort('lease', id)));
    return worker;
  }

  /** Ends the job like a killed one, with the same event, log line, count and failure handlers. */
  private onBuried({ id, name, attemptsMade, error }: BuriedJob): void {
    const attempt = attemptsMade + 1;
    const fact = { id, name, queue: this.plan.name, attempt, attempts: attempt, wait: 0, duration: 0 };
    this.resources.events.emit({ type: 'finished', ...fact, outcome: { kind: 'killed', error } });
  }

  /**
   * Handles an error that the store itself answered with. The store's own link reports connection errors, once. A script that failed at one job's
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
