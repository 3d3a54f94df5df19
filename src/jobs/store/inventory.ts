import type { Type } from '@nestjs/common';
import type { Performable } from '../job/job.js';
import type { CancelNote } from './cancellations.js';
import type { StoredError } from '../values/stored-error.js';

/**
 * The states of a job. A `scheduled` job waits for its time and has not failed yet. A `retrying` job has failed and waits for
 * its next attempt. A `dead` job has used up its attempts or was killed.
 */
export const jobStates = ['waiting', 'scheduled', 'retrying', 'running', 'dead', 'completed'] as const;

export type JobState = (typeof jobStates)[number];

/** A job in the store. */
export interface JobRecord {
  /** An id that is not UTF-8 is written as `bytes:` and its bytes in hexadecimal. It is accepted in this form, too. */
  readonly id: string;
  /** `(no name)` if the name is lost. */
  readonly name: string;
  /** The mailer and action of a mail, such as `UserMailer.welcome`. Undefined for other jobs. */
  readonly subject?: string;
  readonly queue: string;
  readonly state: JobState;
  /** True for a job that has not started and waits until its class or its queue is resumed. */
  readonly paused?: true;
  /** Why the job cannot be run, if its record was evicted, deleted or overwritten. The other fields contain what can be read. */
  readonly damage?: string;
  readonly payload?: unknown;
  /** The values that enqueue middleware stored next to the payload. */
  readonly meta: Readonly<Record<string, string>>;
  /** How many attempts have ended. A running attempt does not count yet. */
  readonly attempt: number;
  /** How many attempts the job has in all. Infinity for a job with `retryFor`. */
  readonly attempts: number;
  readonly priority?: number;
  readonly enqueuedAt?: Date;
  /** When the job was due, or will be. */
  readonly dueAt?: Date;
  /** When its last attempt started. */
  readonly startedAt?: Date;
  /** When it completed or died. */
  readonly finishedAt?: Date;
  /** The error of the last failed attempt. A job that is retried keeps it. */
  readonly error?: StoredError;
  /** The result of `perform`, if it is JSON and below `resultLimit.keep`. Missing for null. */
  readonly result?: unknown;
  /** The last value that the job passed to `context.progress`. */
  readonly progress?: unknown;
  /** The name of the schedule that made the job. */
  readonly schedule?: string;
}

/** Selects jobs. An empty filter selects all jobs. */
export interface JobFilter {
  /** A declared queue. @default all declared queues */
  readonly queue?: string;
  /**
   * A job class, under all its names, or a stored name. For mails also the mailer, such as `'UserMailer'`, or the mailer and
   * action, such as `'UserMailer.welcome'`.
   */
  readonly job?: Type<Performable> | string;
  /** The error of the last failed attempt: its class name, its code, or a part of its message. */
  readonly error?: string;
}

export interface PageRequest {
  /** The most jobs to return. */
  readonly limit: number;
  /** The cursor of the previous page. @default the beginning */
  readonly cursor?: string | undefined;
  /** Selects jobs. @default all jobs */
  readonly matches?: ((job: JobRecord) => boolean) | undefined;
}

export interface JobPage {
  readonly jobs: JobRecord[];
  /** The cursor of the next page, or undefined on the last page. */
  readonly cursor?: string;
}

/** The queues of a store, by name. */
export interface KnownQueues {
  readonly names: readonly string[];
  /** False if the store has too many other keys to search. Queues that no worker has served may then be missing. */
  readonly complete: boolean;
}

/** Selects the jobs to discard. */
export interface Sweep {
  /** The states of the jobs. Running jobs cannot be discarded. */
  readonly states: readonly Exclude<JobState, 'running'>[];
  /** The stored names of the jobs. @default all names */
  readonly names?: readonly string[] | undefined;
  /** Only jobs that were enqueued up to this time, in milliseconds since 1970. @default all jobs */
  readonly before?: number | undefined;
  /** Remembers the jobs as cancelled. @default they are only deleted */
  readonly cancelled?: CancelNote | undefined;
  /** A condition that the store cannot check. It takes far longer, because each job is read as a whole. @default all jobs */
  readonly matches?: ((job: JobRecord) => boolean) | undefined;
}

/** A span of time. Spans that follow each other count each job once. In milliseconds since 1970. */
export interface FinishedSpan {
  /** Jobs that finished at this time are not counted. */
  readonly after: number;
  /** Jobs that finished at this time are counted. */
  readonly until: number;
}

/**
 * The result of an edit:
 * - `late`: the job is gone, or its state no longer allows the edit.
 * - `tick`: the job is the next tick of a schedule, which needs it.
 * - `taken`: the target queue has a job with the same id or the same unique key.
 */
export type EditResult = 'done' | 'late' | 'tick' | 'taken';

/** The most jobs that one call of the store reads, and that one page examines before it returns what it has found. */
export const inventoryBounds = { slice: 100, page: 1_000 } as const;

/**
 * Lists and edits the jobs of a store, queue by queue. This is a part of the store's port. The caller has checked names and
 * states, and makes the error messages.
 */
export interface Inventory {
  /** Returns the queues in the store. */
  queues(): Promise<KnownQueues>;
  /** Returns whether a queue has, or had, any jobs. */
  hasQueue(queue: string): Promise<boolean>;
  /**
   * Returns jobs in a state. Jobs that are due next come first. Of finished jobs the newest come first. A cursor stays valid
   * while jobs are added and removed, and each remaining job is listed once.
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for an invalid cursor
   */
  page(queue: string, state: JobState, request: PageRequest): Promise<JobPage>;
  find(queue: string, id: string): Promise<JobRecord | undefined>;
  /** Returns the last 1,000 lines that the job logged. */
  logs(queue: string, id: string): Promise<string[]>;
  /** Puts a dead job back in its queue, with all its attempts. */
  retry(queue: string, id: string): Promise<EditResult>;
  /**
   * Deletes many jobs in short steps, so that other clients are not blocked. Keeps the next ticks of schedules. Jobs that are
   * added during the sweep may stay.
   * @returns how many jobs were deleted
   */
  discard(queue: string, sweep: Sweep): Promise<number>;
  /**
   * Deletes finished jobs that are older than this, at most one page.
   * @param age in milliseconds
   * @returns how many jobs were deleted
   */
  trim(queue: string, state: 'completed' | 'dead', age: number): Promise<number>;
  /** Returns how many of the kept jobs finished in a span, whose bounds are in milliseconds since 1970. */
  countFinished(queue: string, state: 'completed' | 'dead', span: FinishedSpan): Promise<number>;
  /** Returns the time of the store's clock, in milliseconds since 1970. */
  now(): Promise<number>;
  /** Deletes a job in any state but `running`. */
  remove(queue: string, id: string): Promise<EditResult>;
  /** Deletes a job that is waiting, scheduled or retrying, and remembers it as cancelled. */
  cancel(queue: string, id: string, note: CancelNote): Promise<EditResult>;
  /**
   * Deletes a unique job that waits until the running one is done (`unique.mode: 'last'`), and remembers it as cancelled. Returns
   * false if there is none.
   */
  dropFollower(queue: string, id: string, note: CancelNote): Promise<boolean>;
  /** Changes when a scheduled or retrying job is due, in milliseconds since 1970. */
  reschedule(queue: string, id: string, at: number): Promise<EditResult>;
  /** Makes a scheduled or retrying job due now. */
  promote(queue: string, id: string): Promise<EditResult>;
  /** Moves a job to another queue. It keeps its state, which must not be `running` or `completed`. */
  move(queue: string, id: string, to: string): Promise<EditResult>;
}
