import type { INestApplication, Type } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { checkPayload } from '../../jobs/values/json/json-check.js';
import { Attempt, type JobSnapshot } from '../../jobs/store/attempt.js';
import { day, toMillisecondsWithin, type Duration } from '../../jobs/values/duration.js';
import { FledgeError, invalidOption } from '../../jobs/values/errors.js';
import type { Envelope } from '../../jobs/store/envelope.js';
import { newJobId } from '../../jobs/values/job-id.js';
import type { PayloadArguments, PayloadOf, Performable } from '../../jobs/job/job.js';
import type { JobNotes } from '../../jobs/job/notes.js';
import type { ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { positiveInteger } from '../../jobs/values/positive-integer.js';
import type { JobRegistry } from '../../jobs/discovery/registry.js';
import { tickIdOf } from '../../jobs/job/schedule/tick.js';
import { unstoredJob, unstoredPort } from '../../jobs/perform/inline-attempt.js';
import { deliveryJobName } from '../../mailers/internals.js';
import type { Drainer, DrainOptions, JobSelection } from './drainer.js';
import { checkSelection, checkTime } from './check-test-jobs.js';
import type { HeldClock } from './held-clock.js';
import { checkIdempotence } from './idempotence.js';
import type { MailRecorder } from '../records/mail-recorder.js';
import type { Performer } from './performer.js';
import type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from '../records/recorded.js';
import { enqueuedJob, type TestStore } from './test-store.js';
import type { Trouble } from './trouble.js';

export interface RunOptions {
  /** The number of the attempt, from 1. @default 1 */
  readonly attempt?: number;
  /** What earlier attempts have noted. @default {} */
  readonly notes?: JobNotes;
  /** What enqueue middleware would have put beside the payload. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** Of a job that a schedule makes: when it is meant to run, as `context.tick` will say. @default none */
  readonly tick?: Date;
}

/** `fake` records jobs until they are asked to run; `inline` runs each before its enqueue resolves, unless it is for later. */
export type TestMode = 'fake' | 'inline';

export interface TestJobsParts {
  readonly module: TestingModule;
  readonly app: INestApplication | undefined;
  readonly store: TestStore;
  readonly clock: HeldClock;
  readonly random: () => number;
  readonly registry: JobRegistry;
  readonly options: ResolvedJobsOptions;
  readonly performer: Performer;
  readonly mails: MailRecorder;
  readonly trouble: Trouble;
  readonly drainer: Drainer;
}

const farthest = { least: 0, most: 3_650 * day };

/** An application's jobs in a test: what `testJobs(AppModule)` gives. */
export class TestJobs implements Recorded {
  /** Can be changed at any time. */
  mode: TestMode = 'fake';
  /** What can go wrong, when a test wants it to. */
  readonly trouble: Trouble;
  readonly module: TestingModule;

  constructor(private readonly parts: TestJobsParts) {
    this.trouble = parts.trouble;
    this.module = parts.module;
  }

  /** The HTTP application. @throws FledgeError `FLEDGE_OPTION_INVALID` without the option `application` */
  get app(): INestApplication {
    if (this.parts.app) return this.parts.app;
    throw invalidOption(
      'jobs.app: testJobs made no HTTP application. Give it one: testJobs(AppModule, undefined, { application: (module) => module.createNestApplication() }).',
    );
  }

  /** A provider of the application. */
  get<T>(token: Type<T> | (abstract new (...dependencies: never[]) => T)): T;
  get<T = unknown>(token: string | symbol): T;
  get(token: never): unknown {
    return this.module.get(token, { strict: false });
  }

  /** By the kit's clock, which stands still until `advance` or `travelTo` moves it. */
  now(): Date {
    return new Date(this.parts.clock.now());
  }

  namesOf(job: Type<Performable>): readonly string[] {
    return this.parts.registry.namesOf(job);
  }

  /**
   * Jobs that were enqueued and have not run, or wait for another attempt, in the order of their enqueues. The next tick of a schedule is
   * none until it is due.
   *
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`
   */
  enqueued(): EnqueuedJob[];
  enqueued<J extends Performable>(job: Type<J>): EnqueuedJob<PayloadOf<J>>[];
  enqueued(job?: Type<Performable>): EnqueuedJob[] {
    const { store } = this.parts;
    const names = job && this.namesOf(job);
    return store
      .pending()
      .filter((found) => names?.includes(found.job.name) ?? true)
      .filter((found) => found.place === 'waiting' || !store.isNextTick(found))
      .toSorted((a, b) => store.compareEnqueues(a, b))
      .map(enqueuedJob);
  }

  /**
   * Attempts that have run, in the order in which they ended.
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`
   */
  performed(): PerformedJob[];
  performed<J extends Performable>(job: Type<J>): PerformedJob<J>[];
  performed(job?: Type<Performable>): PerformedJob[] {
    const names = job && this.namesOf(job);
    return this.parts.performer.performed.filter(({ name }) => names?.includes(name) ?? true);
  }

  /** Deliveries that were enqueued and have not run. */
  enqueuedMails(): EnqueuedMail[] {
    return this.enqueued()
      .filter(({ name }) => name === deliveryJobName)
      .map(({ payload: mail, ...delivery }) => {
        const { mailer, action, payload } = mail as Pick<EnqueuedMail, 'mailer' | 'action' | 'payload'>;
        return { ...delivery, mailer, action, payload };
      });
  }

  /** Mails that would have gone out, the first first. Nothing leaves the process, whichever transports the application has. */
  sentMails(): SentMail[] {
    return this.parts.mails.sent();
  }

  /** @throws FledgeError `FLEDGE_TEST_NO_MAIL` when none was sent */
  lastMail(): SentMail {
    const last = this.sentMails().at(-1);
    if (last) return last;
    const waiting = this.enqueuedMails().map(({ mailer, action }) => `${mailer}.${action}`);
    throw new FledgeError(
      'FLEDGE_TEST_NO_MAIL',
      waiting.length > 0
        ? `No mail was sent yet: ${waiting.length} wait(s) for delivery (${waiting.join(', ')}). Run them: await jobs.drain().`
        : 'No mail was sent, and none waits for delivery.',
    );
  }

  /**
   * Runs one attempt at a job, now, through production's executor, without enqueuing it: as a unit test of a job that has all its
   * dependencies, middleware and policy. It never throws what `perform` throws: look at `error` and `outcome`.
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
   * Runs what is due, and what that enqueues, one after the other until nothing is due: by the time at which jobs were due, and
   * within a queue by priority. The clock stands still, so retries wait.
   *
   * @returns the attempts in their order
   * @throws FledgeError `FLEDGE_DRAIN_ENDLESS` after 10,000 attempts more than there were jobs: one enqueues itself
   */
  async drain(options: DrainOptions = {}): Promise<PerformedJob[]> {
    checkSelection(options, ['only', 'except', 'queue', 'withScheduled'], 'jobs.drain');
    return this.parts.drainer.drain(options);
  }

  /**
   * Lets time pass, and runs what falls due on the way, in its order and at its time: what is due already, delayed jobs, retries along their
   * curve until they are dead, ticks of schedules; what expires, expires, and uniqueness ends.
   *
   * @param span milliseconds, or `'90s'`, `'3h'`, `'20d'`
   * @returns the attempts in their order
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_DRAIN_ENDLESS`
   */
  async advance(span: Duration, selection: JobSelection = {}): Promise<PerformedJob[]> {
    checkSelection(selection, ['only', 'except', 'queue'], 'jobs.advance');
    const { clock, drainer } = this.parts;
    return drainer.travel(clock.now() + toMillisecondsWithin(farthest, span, 'jobs.advance'), selection);
  }

  /**
   * The same, up to a time.
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for a time that has passed by the kit's clock
   */
  async travelTo(time: Date, selection: JobSelection = {}): Promise<PerformedJob[]> {
    checkSelection(selection, ['only', 'except', 'queue'], 'jobs.travelTo');
    const now = this.parts.clock.now();
    const until = checkTime(time, 'jobs.travelTo');
    if (until >= now) return this.parts.drainer.travel(until, selection);
    throw invalidOption(
      `jobs.travelTo was given ${String(time)}, but it is ${new Date(now).toISOString()} by the kit’s clock already. It goes forward only; testJobs has the option now.`,
    );
  }

  /**
   * Performs a job, lets the worker crash before the store hears that it has ended, performs it again as a worker would, and
   * compares what `observe` sees after each: rows, files, calls of a service. What the job noted (`context.note`) it finds again.
   *
   * @example await jobs.expectIdempotent(ChargeJob, { orderId }, () => payments.all())
   * @throws AssertionError when they differ, or when it does not complete
   */
  async expectIdempotent<J extends Performable>(
    job: Type<J>,
    payload: PayloadArguments<J, []>[0],
    observe: () => unknown,
  ): Promise<void> {
    const first = this.snapshotOf(job, payload, {});
    // The payload as it is now: both attempts of a stored job get the same.
    const { payload: given } = first.data as Envelope;
    const again = structuredClone(given);
    await checkIdempotence({
      name: first.name,
      first: () => this.perform(first),
      again: ({ notes }) =>
        this.perform({ ...this.snapshotOf(job, again, { notes }), id: first.id, crashes: 1, starts: 2 }),
      observe,
    });
  }

  /** Forgets all jobs that do not run, mails, attempts and planned trouble; schedules and time stay as they are. */
  clear(): void {
    this.parts.store.clear();
    this.parts.performer.performed = [];
    this.parts.mails.clear();
    this.trouble.clear();
  }

  /** Closes the application; a drain that is under way begins no more jobs. */
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
    await performer.execute(new Attempt(snapshot, port));
    return performer.performed.findLast(({ id }) => id === snapshot.id)! as PerformedJob<J>;
  }

  private snapshotOf(job: Type<Performable>, payload: unknown, options: RunOptions): JobSnapshot {
    const { attempt = 1, notes, meta, tick } = options;
    const { registry, clock } = this.parts;
    const { name, queue, policy } = registry.definitionOf(job);
    const { value } = checkPayload(name, payload, this.parts.options.payloadLimit);
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
