import type { KeptNote } from './cancel-script.js';
import type { Place, RawJob } from './raw-job.js';

/** What one step of a sweep does. The script receives it as JSON. */
export interface SweepStep {
  /** The start of the queue's keys. */
  readonly base: string;
  readonly place: Place;
  /** How the place is read: a list from its tail, where the next job is, and a sorted set from either end. */
  readonly order: 'list' | 'asc' | 'desc';
  /** The maximum number of jobs that the step looks at. */
  readonly examine: number;
  /** The maximum number of jobs that the step discards. */
  readonly most: number;
  /** How far an anchor in a list is expected to move between two steps. Workers take jobs and put some back. */
  readonly near: number;
  /** How many jobs come before the next one. Only approximate in a list, because workers take jobs between two steps. */
  readonly passed: number;
  /**
   * The jobs just before the next one, the nearest first. Each is an id in hexadecimal, because an id may be any bytes. In a
   * sorted set a colon and the score follow. Empty at the beginning.
   */
  readonly anchors: readonly string[];
  /** The last jobs of a list when the sweep began, in hexadecimal, the very last first. The jobs behind them came later. */
  readonly newest?: readonly string[];
  /** In a list, overwrites the jobs that go. It must not be a job's id. */
  readonly mark: string;
  readonly names?: readonly string[];
  /** Jobs that were enqueued later than this stay. In milliseconds since 1970. */
  readonly before?: number;
  /** True for jobs that have failed before, false for jobs that have not. @default both */
  readonly retried?: boolean;
  /** Reads the jobs that match, and discards none. */
  readonly look?: boolean;
  /** Remembers the jobs as cancelled. @default they are only discarded */
  readonly cancelled?: KeptNote;
  /** Discards these jobs and ignores the other conditions. Ids in the form in which they are shown. */
  readonly only?: readonly string[];
}

/** The result of one step of a sweep. */
export interface SweepResult {
  /** How many jobs were discarded. */
  readonly gone: number;
  /** How many jobs come before the next one. */
  readonly passed: number;
  /** True if no anchor was found, so that the step began at the beginning. */
  readonly isLost: boolean;
  /** True if there are no further jobs. */
  readonly isEnd: boolean;
  /** Ids that are left to BullMQ, in the form in which they are shown. */
  readonly left: readonly string[];
  /** The last jobs that stay, as anchors, the last first. */
  readonly after: readonly string[];
  /** The same without the jobs that are left to BullMQ. */
  readonly kept: readonly string[];
  /** For the next step. */
  readonly newest: readonly string[];
  /** With `look`, the jobs that match. */
  readonly jobs: readonly RawJob[];
}
