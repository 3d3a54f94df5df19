import type { Type } from '@nestjs/common';
import type { Performable } from '../job/job.js';
import type { StoredError } from '../values/stored-error.js';

/**
 * Where a job is. `scheduled` waits for its time and has not failed yet, `retrying` has; `dead` has used up its attempts
 * or was killed.
 */
export const jobStates = ['waiting', 'scheduled', 'retrying', 'running', 'dead', 'completed'] as const;

export type JobState = (typeof jobStates)[number];

/** A job as the store knows it. */
export interface JobRecord {
  /** An id that is not UTF-8 is shown as `bytes:` and its bytes in hexadecimal, and is taken in that form too. */
  readonly id: string;
  /** `(no name)` where it is not known any more. */
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  /** Why the job cannot be run, if its record was evicted, deleted or overwritten. What can be read of it is listed. */
  readonly damage?: string;
  readonly payload?: unknown;
  /** What enqueue middleware put beside the payload. */
  readonly meta: Readonly<Record<string, string>>;
  /** How many attempts were made so far; one that runs now is not counted yet. */
  readonly attempt: number;
  /** How many there are in all; Infinity for a job with `retryFor`. */
  readonly attempts: number;
  readonly priority?: number;
  readonly enqueuedAt?: Date;
  /** When it was due to run, or will be. */
  readonly dueAt?: Date;
  /** When its last attempt began. */
  readonly startedAt?: Date;
  /** When it completed or died. */
  readonly finishedAt?: Date;
  /** What its last failed attempt failed with; a job that is retried keeps it. */
  readonly error?: StoredError;
  /** What `perform` returned, if that was JSON. */
  readonly result?: unknown;
  /** As `context.progress` was told last. */
  readonly progress?: unknown;
  /** The schedule that made it. */
  readonly schedule?: string;
}

/** Which jobs; without any of these, all. */
export interface JobFilter {
  /** A declared queue. @default all that are declared */
  readonly queue?: string;
  /** A job class, under all its names; or a name as it is stored. */
  readonly job?: Type<Performable> | string;
  /** What the last failed attempt failed with: the error's class name or code, or a part of its message. */
  readonly error?: string;
}

export interface PageRequest {
  /** How many jobs at most. */
  readonly limit: number;
  /** As an earlier page gave it. @default the beginning */
  readonly cursor?: string | undefined;
  /** Undefined: every job. */
  readonly matches?: ((job: JobRecord) => boolean) | undefined;
}

export interface JobPage {
  readonly jobs: JobRecord[];
  /** Where to go on; undefined: there are no more. */
  readonly cursor?: string;
}

/** The queues of a store, by name. */
export interface KnownQueues {
  readonly names: readonly string[];
  /** False where there was too much else to look at: queues that no worker has worked may be missing. */
  readonly complete: boolean;
}

/** Which jobs are to be discarded. */
export interface Sweep {
  /** Where they are. Running jobs cannot be discarded. */
  readonly states: readonly Exclude<JobState, 'running'>[];
  /** Names that they are stored under. @default all */
  readonly names?: readonly string[] | undefined;
  /** Jobs that were enqueued later than this stay; milliseconds since 1970. @default none stay */
  readonly before?: number | undefined;
  /** What the store cannot look at. Takes far longer, since each job is read as a whole. @default every job */
  readonly matches?: ((job: JobRecord) => boolean) | undefined;
}

/**
 * What became of an edit. `late`: the job is not where it was, or not any more in a state that allows it. `tick`: it is
 * the next tick of a schedule, which counts on it. `taken`: where it should go there is a job with its id, or one that is
 * unique in the same way.
 */
export type EditResult = 'done' | 'late' | 'tick' | 'taken';

/** A store call reads at most so many jobs, and a page examines at most so many before it returns what it has. */
export const inventoryBounds = { slice: 100, page: 1_000 } as const;

/**
 * The jobs that a store has, queue by queue, and what operators do with them. Part of the port: whoever calls has
 * checked names and states, and words what went wrong.
 */
export interface Inventory {
  /** The queues that the store knows of. */
  queues(): Promise<KnownQueues>;
  /** Whether there is or was anything in a queue. */
  hasQueue(queue: string): Promise<boolean>;
  /**
   * Jobs in a state: what is due next first, of those that have finished the newest. Cursors stay good while jobs come
   * and go: a job that stays is listed once.
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for a cursor that is none
   */
  page(queue: string, state: JobState, request: PageRequest): Promise<JobPage>;
  find(queue: string, id: string): Promise<JobRecord | undefined>;
  /** The lines that it logged, the last 1,000. */
  logs(queue: string, id: string): Promise<string[]>;
  /** dead → waiting, with all its attempts. */
  retry(queue: string, id: string): Promise<EditResult>;
  /**
   * Forgets many jobs, in short steps during which others go on. Leaves the next ticks of schedules. Jobs that are added
   * during the sweep may stay.
   * @returns how many are gone
   */
  discard(queue: string, sweep: Sweep): Promise<number>;
  /**
   * Forgets finished jobs that are older than this (milliseconds), at most a page.
   * @returns how many
   */
  trim(queue: string, state: 'completed' | 'dead', age: number): Promise<number>;
  /** The store's clock; milliseconds since 1970. */
  now(): Promise<number>;
  /** From any state but running. */
  remove(queue: string, id: string): Promise<EditResult>;
  /** Of a unique job that is kept to follow another that runs: true if there was one, and is no more. */
  dropFollower(queue: string, id: string): Promise<boolean>;
  /** scheduled or retrying → due at another time (milliseconds since 1970). */
  reschedule(queue: string, id: string, at: number): Promise<EditResult>;
  /** scheduled or retrying → waiting. */
  promote(queue: string, id: string): Promise<EditResult>;
  /** Into another queue, in the state that it is in; not a running or a completed one. */
  move(queue: string, id: string, to: string): Promise<EditResult>;
}
