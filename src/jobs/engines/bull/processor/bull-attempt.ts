import type { Job } from 'bullmq';
import type { Attempt, AttemptPort, JobSnapshot } from '../../../store/attempt.js';
import { noName } from '../../../store/foreign-job.js';
import { timeOfJobId } from '../../../values/job-id.js';
import type { JobNotes } from '../../../job/notes.js';
import { LogLines } from '../../../store/log-lines.js';
import type { PauseLookup } from '../../../store/pauses.js';
import { isObject, isTime } from '../../../values/readers.js';
import { anewAtOf } from './finished-jobs.js';
import type { EventStream } from '../keys/event-stream.js';
import type { StoreErrors } from '../connection/store-errors.js';
import { unlock, unlocksAtStart } from '../unique/unique-release.js';

/** What a queue's processor provides for its attempts. */
export interface AttemptHost {
  readonly errors: StoreErrors;
  /** The stream to which the job's events are added. */
  readonly stream: EventStream;
  /** Returns whether a queue had a worker at that time, in milliseconds since 1970. */
  wasServed(queue: string, time: number): Promise<boolean>;
  /** Claims the only run of a schedule for a job. Returns false if another job of the schedule is running. */
  claimRun(schedule: string, job: { readonly id: string; readonly queue: string }): Promise<boolean>;
  /** Lets a run of a schedule wait until its class is resumed. Returns false if another run of the schedule waits for that. */
  waitForResume(schedule: string, job: { readonly id: string; readonly queue: string }): Promise<boolean>;
  readonly pauses: PauseLookup;
  /** Returns the log lines that the store has of a job. */
  logLines(id: string): Promise<string[]>;
  /** Repeats a write that the store refuses for as long as the job's lock lives. */
  whileLeased(attempt: Attempt, write: () => Promise<unknown>): Promise<unknown>;
}

/** BullMQ's job as the executor sees it. One object is both the snapshot and the port, because each attempt makes one. */
export class BullAttempt implements JobSnapshot, AttemptPort {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly attempt: number;
  readonly attempts: number;
  readonly crashes: number;
  readonly dueAt: number;
  /** When it was added, in milliseconds since 1970. */
  private readonly enteredAt: number;
  begin?: () => Promise<unknown>;
  readonly starts: number;

  // Private fields are not printed with an event or a context. These lead to the connection and its password.
  readonly #job: Job;
  readonly #host: AttemptHost;
  #lines: Promise<LogLines> | undefined;

  constructor(
    job: Job,
    readonly queue: string,
    host: AttemptHost,
  ) {
    this.#job = job;
    this.#host = host;
    this.id = String(job.id);
    // The name is undefined if the server evicted the job's hash. The executor then finds the envelope damaged.
    this.name = job.name ?? noName;
    this.data = job.data;
    this.attempt = job.attemptsMade + 1;
    this.attempts = job.opts.attempts ?? 1;
    this.crashes = job.stalledCounter;
    this.enteredAt = Number.isFinite(job.timestamp) ? job.timestamp : Date.now();
    // Stored after each failure, and when an operator rescheduled the job. It has not been checked yet.
    const noted = isObject(this.data) ? this.data.dueAt : undefined;
    this.dueAt = isTime(noted) ? noted : this.firstDueAt;
    if (unlocksAtStart(job)) this.begin = () => unlock(job);
    this.starts = job.attemptsStarted;
  }

  // The following are getters because few jobs need them.

  get firstDueAt(): number {
    return this.enteredAt + (this.#job.opts.delay ?? 0);
  }

  get enqueuedAt(): number {
    return timeOfJobId(this.id) ?? this.enteredAt;
  }

  get scheduler(): string | undefined {
    return this.#job.repeatJobKey;
  }

  get pauses(): PauseLookup {
    return this.#host.pauses;
  }

  get anewAt(): number | undefined {
    return anewAtOf(this.#job);
  }

  now(): number {
    return Date.now();
  }

  async wasUnserved(time: number): Promise<boolean> {
    return !(await this.#host.wasServed(this.queue, time));
  }

  claimRun(schedule: string): Promise<boolean> {
    return this.#host.claimRun(schedule, { id: this.id, queue: this.queue });
  }

  waitForResume(schedule: string): Promise<boolean> {
    return this.#host.waitForResume(schedule, { id: this.id, queue: this.queue });
  }

  log(line: string): Promise<unknown> {
    return this.written('a log line', this.addLine(line));
  }

  keepNotes(notes: JobNotes, attempt: Attempt): Promise<unknown> {
    const write = (): Promise<unknown> => this.#job.updateData({ ...this.#job.data, notes });
    return this.written('a note', this.#host.whileLeased(attempt, write));
  }

  async progress(value: number | object): Promise<void> {
    await this.written('the progress', this.#job.updateProgress(value));
    if (typeof value === 'object') this.#host.stream.added(JSON.stringify(value).length);
  }

  private async addLine(line: string): Promise<void> {
    const lines = await (this.#lines ??= this.linesSoFar());
    this.#job.opts.keepLogs = lines.add(line);
    await this.#job.log(line);
  }

  /** Most jobs have one attempt, which begins without lines. */
  private async linesSoFar(): Promise<LogLines> {
    if (this.starts <= 1) return new LogLines();
    try {
      return new LogLines(await this.#host.logLines(this.id));
    } catch (thrown) {
      this.#lines = undefined;
      throw thrown;
    }
  }

  /** Converts the engine's error, which has the command with its arguments, before it reaches the application's code. */
  private async written(what: string, writing: Promise<unknown>): Promise<unknown> {
    try {
      return await writing;
    } catch (thrown) {
      throw this.#host.errors.failure(thrown, `did not keep ${what}`);
    }
  }
}
