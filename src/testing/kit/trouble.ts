import type { Type } from '@nestjs/common';
import type { AbortReason, Attempt } from '../../jobs/store/attempt.js';
import type { Performable } from '../../jobs/job/job.js';
import type { SoFar } from '../records/recorded.js';

export interface StopOptions {
  /**
   * Returns true at the moment of the failure. It is called each time that the job logs, reports progress or notes
   * (`context.log`, `progress`, `note`), enqueues a job or sends a mail.
   * @default when `perform` begins
   */
  readonly when?: (soFar: SoFar) => boolean;
}

type Planned =
  | { readonly kind: 'abort'; readonly reason: AbortReason; readonly when?: (soFar: SoFar) => boolean }
  | { readonly kind: 'crash' | 'unknown' };

/** Simulates failures. Each call affects the next attempt at a job of the class, once. */
export class Trouble {
  private readonly planned = new Map<string, Planned[]>();

  constructor(
    private readonly nameOf: (job: Type<Performable>) => string,
    private readonly store: { isDown: boolean },
  ) {}

  /**
   * Stops the worker while the job runs. Its `signal` aborts with the reason `shutdown`. A job that respects the signal goes back to
   * its queue, and no attempt is used.
   */
  stop(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'shutdown', ...options });
  }

  /** Ends the job's `timeout` without waiting for it. The attempt fails if the job respects its signal. */
  timeout(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'timeout', ...options });
  }

  /** Cancels the job while it runs. */
  cancel(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'cancel', ...options });
  }

  /** Makes the worker lose its lock on the job. The `signal` aborts with the reason `lease`, and the job's outcome is not stored. */
  loseLock(job: Type<Performable>, options: StopOptions = {}): void {
    this.plan(job, { kind: 'abort', reason: 'lease', ...options });
  }

  /** Kills the process after `perform`, before the acknowledgement. The job runs again, so this tests whether it is idempotent. */
  crash(job: Type<Performable>): void {
    this.plan(job, { kind: 'crash' });
  }

  /** Simulates a rolling deploy: a worker of an older release gets the job and does not know its class. */
  unknown(job: Type<Performable>): void {
    this.plan(job, { kind: 'unknown' });
  }

  /** Makes the store unreachable until `storeUp()`. Enqueues fail with `FLEDGE_STORE_UNREACHABLE`. */
  storeDown(): void {
    this.store.isDown = true;
  }

  /** Makes the store reachable again. */
  storeUp(): void {
    this.store.isDown = false;
  }

  /** Returns the planned failure of this attempt, and removes it. For the kit. */
  take({ job: { name } }: Attempt): Planned | undefined {
    return this.planned.get(name)?.shift();
  }

  /** Removes all planned failures, and makes the store reachable again. */
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
