import type { Job } from 'bullmq';
import type { Attempt, AttemptPort, JobSnapshot } from '../../../store/attempt.js';
import type { Envelope } from '../../../store/envelope.js';
import { timeOfJobId } from '../../../values/job-id.js';
import type { JobNotes } from '../../../job/notes.js';
import { isTime } from '../../../values/readers.js';
import { anewAtOf } from './finished-jobs.js';
import type { StoreErrors } from '../connection/store-errors.js';
import { unlock, unlocksAtStart } from '../unique/unique-release.js';

/** What a queue's attempts have in common. */
export interface AttemptHost {
  readonly errors: StoreErrors;
  /** Returns whether a queue had a worker at that time, in milliseconds since 1970. */
  wasServed(queue: string, time: number): Promise<boolean>;
  /** As patient with a store that refuses as the job's lock allows. */
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
  /** When it was added; milliseconds since 1970. */
  private readonly enteredAt: number;
  begin?: () => Promise<unknown>;
  readonly starts: number;

  // Not seen by what prints an event or a context with its properties: they lead to the connection and its password.
  readonly #job: Job;
  readonly #host: AttemptHost;

  constructor(
    job: Job,
    readonly queue: string,
    host: AttemptHost,
  ) {
    this.#job = job;
    this.#host = host;
    this.id = String(job.id);
    // Undefined when the job's hash was evicted; the executor then finds its envelope damaged.
    this.name = (job.name as string | undefined) ?? '(no name)';
    this.data = job.data as unknown;
    this.attempt = job.attemptsMade + 1;
    this.attempts = job.opts.attempts ?? 1;
    this.crashes = job.stalledCounter;
    this.enteredAt = Number.isFinite(job.timestamp) ? job.timestamp : Date.now();
    // Noted after each failure, and when somebody put it off or brought it forward; not checked yet.
    const noted = (job.data as Partial<Envelope> | undefined)?.dueAt;
    this.dueAt = isTime(noted) ? noted : this.firstDueAt;
    if (unlocksAtStart(job)) this.begin = () => unlock(job);
    this.starts = job.attemptsStarted;
  }

  // The following are asked of few jobs.

  get firstDueAt(): number {
    return this.enteredAt + (this.#job.opts.delay ?? 0);
  }

  get enqueuedAt(): number {
    return timeOfJobId(this.id) ?? this.enteredAt;
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

  log(line: string): Promise<unknown> {
    return this.written('a log line', this.#job.log(line));
  }

  keepNotes(notes: JobNotes, attempt: Attempt): Promise<unknown> {
    const write = (): Promise<unknown> => this.#job.updateData({ ...(this.#job.data as object), notes });
    return this.written('a note', this.#host.whileLeased(attempt, write));
  }

  progress(value: number | object): Promise<unknown> {
    return this.written('the progress', this.#job.updateProgress(value));
  }

  /** The engine's own error has the command with its arguments, and goes to the application's code. */
  private async written(what: string, writing: Promise<unknown>): Promise<unknown> {
    try {
      return await writing;
    } catch (thrown) {
      throw this.#host.errors.failure(thrown, `did not keep ${what}`);
    }
  }
}
