import type { Abstract, Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { day, toMillisecondsWithin, type Duration, type DurationRange } from '../../jobs/values/duration.js';
import { JobEvents } from '../../jobs/events/events.js';
import { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import { Store } from '../../jobs/store/store.js';
import { JobsWorker, type StopReport } from '../../jobs/worker/lifecycle/jobs-worker.js';
import { WorkerIdle, type IdleParts } from './worker-idle.js';

/** How long a test may wait. */
const timeouts: DurationRange = { least: 1, most: day };
const horizons: DurationRange = { least: 0, most: day };

export interface IdleOptions {
  /** The most time to wait. @default '10s' */
  readonly timeout?: Duration;
  /** Also waits for jobs and retries that fall due within this time from now. @default 0 */
  readonly dueWithin?: Duration;
}

/** A worker in the test's own process. */
export class TestWorker {
  private readonly idleParts: IdleParts;
  private stopping?: Promise<StopReport>;

  constructor(
    /** The booted application. */
    readonly module: TestingModule,
    queues: readonly string[],
  ) {
    this.idleParts = {
      queues,
      worker: this.get(JobsWorker),
      store: this.get(Store),
      events: this.get(JobEvents),
      handlers: this.get(FailureHandlers),
    };
  }

  /** Returns a provider of the application, from any of its modules. @throws the error of Nest if there is no such provider */
  get<T>(token: Type<T> | Abstract<T> | string | symbol): T {
    return this.module.get<T>(token, { strict: false });
  }

  /**
   * Resolves when no job of its queues is due, running or being acknowledged, and all failure handlers have ended. It does not wait
   * for later jobs and retries unless `dueWithin` includes them, because the clock is real. It also waits for jobs that other workers
   * of the same queues run.
   *
   * @throws FledgeError `FLEDGE_TEST_NOT_IDLE` after `timeout`, with the jobs that still wait or run; `FLEDGE_OPTION_INVALID`
   * @example
   * await mailers.for(UserMailer).welcome({ userId }).deliverLater();
   * await worker.idle();
   */
  async idle({ timeout = '10s', dueWithin = 0 }: IdleOptions = {}): Promise<void> {
    const atMost = toMillisecondsWithin(timeouts, timeout, 'worker.idle: timeout');
    const horizon = Date.now() + toMillisecondsWithin(horizons, dueWithin, 'worker.idle: dueWithin');
    await new WorkerIdle(this.idleParts, horizon).reached(atMost);
  }

  /**
   * Stops the worker and closes the application. Running jobs have a second before their signals abort. Jobs that don't end go back
   * to their queues. All of this takes at most two seconds, plus the time of the application's shutdown hooks.
   */
  stop(): Promise<StopReport> {
    return (this.stopping ??= this.shutDown());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async shutDown(): Promise<StopReport> {
    const report = await this.get(JobsWorker).stop();
    await this.module.close();
    return report;
  }
}
