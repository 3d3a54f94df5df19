import type { Abstract, Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { toMillisecondsWithin, type Duration, type DurationRange } from '../../jobs/values/duration.js';
import { JobEvents } from '../../jobs/events/events.js';
import { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import { Store } from '../../jobs/store/store.js';
import { JobsWorker, type StopReport } from '../../jobs/worker/lifecycle/jobs-worker.js';
import { WorkerIdle, type IdleParts } from './worker-idle.js';

/** How long a test may wait. */
const timeouts: DurationRange = { least: 1, most: 24 * 3_600_000 };
const horizons: DurationRange = { least: 0, most: 24 * 3_600_000 };

export interface IdleOptions {
  /** How long it may take. @default '10s' */
  readonly timeout?: Duration;
  /** Waits also for jobs that fall due within this time from now, retries among them. @default 0 */
  readonly dueWithin?: Duration;
}

/** A worker in the test's own process. */
export class TestWorker {
  private readonly idleParts: IdleParts;
  private stopping?: Promise<StopReport>;

  constructor(
    /** The application, booted. */
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

  /** What the application provides, wherever it does. @throws what Nest throws when nobody does */
  get<T>(token: Type<T> | Abstract<T> | string | symbol): T {
    return this.module.get<T>(token, { strict: false });
  }

  /**
   * Resolves when no job of its queues is due, runs or is being acknowledged, and failure handlers have ended. Jobs that are
   * scheduled for later do not count, retries among them, unless `dueWithin` says so: the clock is the real one. Jobs that
   * other workers of the same queues run count too.
   *
   * @throws FledgeError `FLEDGE_TEST_NOT_IDLE` after `timeout`, with what still waits or runs; `FLEDGE_OPTION_INVALID`
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
   * Takes no more jobs, gives those that run a second before their signals abort, hands back what does not end, and closes
   * the application: two seconds in all, and what the application's own shutdown hooks take.
   */
  stop(): Promise<StopReport> {
    return (this.stopping ??= this.leave());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private async leave(): Promise<StopReport> {
    const report = await this.get(JobsWorker).stop();
    await this.module.close();
    return report;
  }
}
