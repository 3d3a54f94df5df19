import type { Type } from '@nestjs/common';
import type { AbortReason, Attempt } from '../../jobs/store/attempt.js';
import type { Performable } from '../../jobs/job/job.js';
import type { SoFar } from '../records/recorded.js';

export interface StopOptions {
  /**
   * Whether now is the moment: asked after each thing that the job tells (`context.log`, `progress`, `note`), each job
   * that it enqueues and each mail that it sends.
   * @default as soon as `perform` has begun
   */
  readonly when?: (soFar: SoFar) => boolean;
}

type Planned =
  | { readonly kind: 'abort'; readonly reason: AbortReason; readonly when?: (soFar: SoFar) => boolean }
  | { readonly kind: 'crash' | 'unknown' };

/** Trouble that a test can have on demand. Each of these strikes the next attempt at a job of the class, once. */
export class Trouble {
  private readonly planned = new Map<string, Planned[]>();

  constructor(
    private readonly nameOf: (job: Type<Performable>) => string,
    private readonly store: { isDown: boolean },
  ) {}

  /** The worker stops while the job runs: its `signal` aborts with reason `shutdown`. A job that heeds it is handed back, and no attempt is spent. */
  stop(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'shutdown', ...options });
  }

  /** The job's `timeout` is over, without waiting for it; the attempt counts as failed if the job heeds its signal. */
  timeout(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'timeout', ...options });
  }

  /** Somebody cancels the job while it runs. */
  cancel(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'cancel', ...options });
  }

  /** Another worker may have taken the job over: its signal aborts with reason `lease`, and its end is nobody's business. */
  loseLock(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'lease', ...options });
  }

  /** The process dies when `perform` has ended, before the store hears of it: the job runs again. Is it idempotent? */
  crash(job: Type<Performable>): void {
    this.plan(job, { kind: 'crash' });
  }

  /** A rolling deploy: a worker of the release before meets the job, and does not know its class. */
  unknown(job: Type<Performable>): void {
    this.plan(job, { kind: 'unknown' });
  }

  /** The store is away: enqueues fail with `FLEDGE_STORE_UNREACHABLE`, until `storeUp()`. */
  storeDown(): void {
    this.store.isDown = true;
  }

  storeUp(): void {
    this.store.isDown = false;
  }

  /** What is planned for this attempt, which is then over. For the kit. */
  take({ job: { name } }: Attempt): Planned | undefined {
    return this.planned.get(name)?.shift();
  }

  /** Forgets what is planned; the store is there again. */
  clear(): void {
    this.planned.clear();
    this.storeUp();
  }

  private plan(job: Type<Performable>, trouble: Planned): void {
    const name = this.nameOf(job);
    const queue = this.planned.get(name) ?? [];
    this.planned.set(name, [...queue, trouble]);
  }
}
