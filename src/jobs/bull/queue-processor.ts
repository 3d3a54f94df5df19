import { Worker, type ConnectionOptions, type Job } from 'bullmq';
import { hostname } from 'node:os';
import { Attempt, type AttemptFields } from '../attempt.js';
import { asError } from '../errors.js';
import type { JobEvents } from '../events.js';
import type { RunningAttempts } from '../running-attempts.js';
import type { Execute, QueuePlan } from '../store.js';
import { settle } from './settle.js';

/**
 * A crashed worker's lock runs out after this long, and within two stalled checks its jobs run elsewhere: 15 to 19 s.
 * Locks are renewed at half their time, also while a stop waits for running jobs.
 */
const lockDuration = 15_000;
const stalledInterval = 2_000;
/** BullMQ fails a job that stalled this often, whatever its attempts: never; the executor looks for poison instead. */
const maxStalledCount = 1_000_000;
const keepCompleted = { age: 3_600, count: 10_000 };
const keepDead = { age: 180 * 24 * 3_600, count: 10_000 };
const keepLogLines = 1_000;
const sameErrorAgain = 60_000;

export interface ProcessorResources {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly execute: Execute;
  readonly running: RunningAttempts;
  readonly events: JobEvents;
}

/** Fetches the jobs of one queue and hands each to the executor. One for each queue, so that none starves another. */
export class QueueProcessor {
  private readonly worker: Worker;
  private stopping = false;
  private lastError?: { readonly message: string; readonly at: number };

  constructor(
    private readonly plan: QueuePlan,
    private readonly resources: ProcessorResources,
  ) {
    const { connection, prefix, running } = resources;
    this.worker = new Worker(plan.name, (job: Job, token?: string) => this.process(job, token!), {
      connection,
      prefix,
      name: `${hostname()}:${process.pid}`,
      // No skipVersionCheck: without the version BullMQ takes Redis for old, and delayed jobs start up to a second late.
      autorun: false,
      concurrency: plan.concurrency,
      lockDuration,
      stalledInterval,
      maxStalledCount,
      removeOnComplete: keepCompleted,
      removeOnFail: keepDead,
    });
    this.worker.on('error', (error) => this.report(error));
    this.worker.on('lockRenewalFailed', (ids: string[]) => ids.forEach((id) => running.abort('lease', id)));
  }

  start(): void {
    this.worker.run().catch((error: unknown) => this.report(asError(error)));
  }

  quiet(): void {
    this.stopping = true;
    // Without waiting for the running jobs; their locks are still renewed.
    void this.worker.pause(true);
  }

  /** Waits until the last job is acknowledged; hangs when the store does. */
  async close(): Promise<void> {
    await this.worker.close();
  }

  private async process(job: Job, token: string): Promise<unknown> {
    // An idle slot may claim one more job after `pause`.
    if (this.stopping) return settle({ kind: 'interrupted' }, job, token);
    job.opts.keepLogs = keepLogLines;
    const attempt = new Attempt(attemptFields(job, this.plan.name));
    return this.resources.running.track(attempt, async () =>
      settle(await this.resources.execute(attempt), job, token),
    );
  }

  /** BullMQ repeats errors as fast as it can; people need each once a minute. */
  private report(error: Error): void {
    const now = Date.now();
    if (this.lastError?.message === error.message && now - this.lastError.at < sameErrorAgain) return;
    this.lastError = { message: error.message, at: now };
    this.resources.events.emit({ type: 'store-error', queue: this.plan.name, error });
  }
}

function attemptFields(job: Job, queue: string): AttemptFields {
  return {
    id: String(job.id),
    // Undefined when the job's hash was evicted; the executor then finds its envelope damaged.
    name: (job.name as string | undefined) ?? '(no name)',
    queue,
    data: job.data as unknown,
    attempt: job.attemptsMade + 1,
    attempts: job.opts.attempts ?? 1,
    crashes: job.stalledCounter,
    log: (line) => job.log(line),
    progress: (value) => job.updateProgress(value),
  };
}
