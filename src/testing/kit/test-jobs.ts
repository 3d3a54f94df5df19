import type { INestApplication, Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { checkPayload } from '../../jobs/values/json/json-check.js';
import { Attempt, type JobSnapshot } from '../../jobs/store/attempt.js';
import { day, toMillisecondsWithin, type Duration } from '../../jobs/values/duration.js';
import { invalidOption } from '../../jobs/values/errors.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import { newJobId } from '../../jobs/values/job-id.js';
import type { PayloadArguments, Performable } from '../../jobs/job/job.js';
import type { JobNotes } from '../../jobs/job/notes.js';
import type { ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { positiveInteger } from '../../jobs/values/positive-integer.js';
import { tickIdOf } from '../../jobs/job/schedule/tick.js';
import { unstoredJob, unstoredPort } from '../../jobs/perform/inline-attempt.js';
import type { Drainer, DrainOptions, JobSelection } from './drainer.js';
import { checkNames } from '../expect/check-options.js';
import { checkTime } from './check-test-jobs.js';
import { checkIdempotence } from './idempotence.js';
import { KitRecords, type KitRecordsParts } from './kit-records.js';
import type { PerformedJob } from '../records/recorded.js';
import type { Trouble } from './trouble.js';

export interface RunOptions {
  /** The number of the attempt. The first is 1. @default 1 */
  readonly attempt?: number;
  /** The notes of earlier attempts. @default {} */
  readonly notes?: JobNotes;
  /** The metadata that enqueue middleware would add to the job. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** The planned time of a scheduled job, which the job reads as `context.tick`. @default none */
  readonly tick?: Date;
}

/** `fake` records jobs until the test runs them. `inline` runs each job before its enqueue resolves, unless it has a delay. */
export type TestMode = 'fake' | 'inline';

export interface TestJobsParts extends KitRecordsParts {
  readonly module: TestingModule;
  readonly app: INestApplication | undefined;
  readonly random: () => number;
  readonly options: ResolvedJobsOptions;
  readonly trouble: Trouble;
  readonly drainer: Drainer;
}

const farthest = { least: 0, most: 3_650 * day };

/** The jobs of an application in a test. `testJobs(AppModule)` returns it. */
export class TestJobs extends KitRecords {
  /** Can be changed at any time. */
  mode: TestMode = 'fake';
  /** Simulates failures. */
  readonly trouble: Trouble;
  readonly module: TestingModule;

  constructor(private readonly parts: TestJobsParts) {
    super(parts);
    this.trouble = parts.trouble;
    this.module = parts.module;
  }

  /**
   * The HTTP application.
   * @throws FledgeError `FLEDGE_OPTION_INVALID` without the option `application`
   */
  get app(): INestApplication {
    if (this.parts.app) return this.parts.app;
    throw invalidOption(
      'jobs.app is not available because testJobs made no HTTP application. Use testJobs(AppModule, undefined, { application: (module) => module.createNestApplication() }).',
    );
  }

  /** Returns a provider of the application. */
  get<T>(token: Type<T> | (abstract new (...dependencies: never[]) => T)): T;
  get<T = unknown>(token: string | symbol): T;
  get(token: never): unknown {
    return this.module.get(token, { strict: false });
  }

  /**
   * Runs one attempt at a job now, without enqueuing it. The attempt has the job's dependencies, middleware and failure policy,
   * so this suits unit tests. It does not throw the error of `perform`. The error is in the result.
   *
   * @example expect((await jobs.run(ImportCsvJob, { fileId }, { attempt: 25 })).outcome.kind).toBe('failed')
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
   */
  async run<J extends Performable>(
    job: Type<J>,
    ...[payload, options]: PayloadArguments<J, [options?: RunOptions]>
  ): Promise<PerformedJob<J>> {
    return this.perform<J>(this.snapshotOf(job, payload, options ?? {}));
  }

  /**
   * Runs the due jobs, and the jobs that they enqueue, one after the other until none is due. Jobs run by their due time, and
   * within a queue by priority. The clock stands still, so retries wait.
   *
   * @returns the attempts in their order
   * @throws FledgeError `FLEDGE_DRAIN_ENDLESS` if a job enqueues itself without end: after 10,000 attempts more than there were jobs
   */
  async drain(options: DrainOptions = {}): Promise<PerformedJob[]> {
    checkNames(options, ['only', 'except', 'queue', 'withScheduled'], 'jobs.drain');
    return this.parts.drainer.drain(options);
  }

  /**
   * Moves the clock forward, and runs each job that falls due on the way at its own time: due and delayed jobs, retries until the
   * job is dead, and runs of schedules. Jobs expire and uniqueness locks end at their times.
   *
   * @param span in milliseconds, or text such as `'90s'`, `'3h'` or `'20d'`
   * @returns the attempts in their order
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_DRAIN_ENDLESS`
   */
  async advance(span: Duration, selection: JobSelection = {}): Promise<PerformedJob[]> {
    checkNames(selection, ['only', 'except', 'queue'], 'jobs.advance');
    const { clock, drainer } = this.parts;
    return drainer.travel(clock.now() + toMillisecondsWithin(farthest, span, 'jobs.advance'), selection);
  }

  /**
   * Moves the clock forward to a time, and runs what falls due on the way, as `advance` does.
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for a time before the kit's clock
   */
  async travelTo(time: Date, selection: JobSelection = {}): Promise<PerformedJob[]> {
    checkNames(selection, ['only', 'except', 'queue'], 'jobs.travelTo');
    const now = this.parts.clock.now();
    const until = checkTime(time, 'jobs.travelTo');
    if (until >= now) return this.parts.drainer.travel(until, selection);
    throw invalidOption(
      `jobs.travelTo got ${time.toISOString()}, but the kit’s clock is already at ${new Date(now).toISOString()}. Pass a later time, or start earlier with the option now of testJobs.`,
    );
  }

  /**
   * Runs a job, simulates a crash of its worker before the acknowledgement, and runs the job again. Compares the values of
   * `observe` after each run, such as rows, files or calls of a service. The second run has the notes of the first (`context.note`).
   *
   * @example await jobs.expectIdempotent(ChargeJob, { orderId }, () => payments.all())
   * @throws AssertionError if the values differ, or if a run does not complete
   */
  async expectIdempotent<J extends Performable>(
    job: Type<J>,
    payload: PayloadArguments<J, []>[0],
    observe: () => unknown,
  ): Promise<void> {
    // Both attempts get the payload as it is now, as a stored job does.
    const stored = this.checked(job, payload);
    const first = this.snapshotOf(job, stored, {});
    await checkIdempotence({
      name: first.name,
      first: () => this.perform(first),
      again: ({ notes }) =>
        this.perform({ ...this.snapshotOf(job, stored, { notes }), id: first.id, crashes: 1, starts: 2 }),
      observe,
    });
  }

  /** Deletes all jobs that are not running, mails, attempts and simulated failures. Keeps schedules and the time. */
  clear(): void {
    this.parts.store.clear();
    this.parts.performer.performed = [];
    this.parts.mails.clear();
    this.trouble.clear();
  }

  /** Closes the application. A running drain starts no more jobs. */
  async close(): Promise<void> {
    this.parts.drainer.stop();
    await (this.parts.app ?? this.module).close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async perform<J extends Performable>(snapshot: JobSnapshot): Promise<PerformedJob<J>> {
    const { clock, random, performer } = this.parts;
    const port = { ...unstoredPort(() => clock.now()), random };
    const { performed } = await performer.perform(new Attempt(snapshot, port));
    return performed;
  }

  /** Returns a copy of a payload, as a queue would carry it. */
  private checked(job: Type<Performable>, payload: unknown): unknown {
    const { name } = this.parts.registry.definitionOf(job);
    return checkPayload(name, payload, this.parts.options.payloadLimit).value;
  }

  private snapshotOf(job: Type<Performable>, payload: unknown, options: RunOptions): JobSnapshot {
    checkNames(options, ['attempt', 'notes', 'meta', 'tick'], 'jobs.run');
    const { attempt = 1, notes, meta, tick } = options;
    const { registry, clock } = this.parts;
    const { name, queue, policy } = registry.definitionOf(job);
    const value = this.checked(job, payload);
    const id = tick ? tickIdOf(name, checkTime(tick, 'tick of jobs.run')) : newJobId();
    const others = JSON.parse(JSON.stringify({ notes, meta })) as Partial<Envelope>;
    const envelope: Envelope = { v: 1, ...(value === undefined ? {} : { payload: value }), ...others };
    return {
      ...unstoredJob({ id, name, queue, envelope }, clock.now()),
      attempt: positiveInteger(attempt, 'attempt of jobs.run'),
      attempts: policy.attempts,
      starts: attempt,
    };
  }
}
