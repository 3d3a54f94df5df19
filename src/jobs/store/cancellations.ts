import { tickOf } from '../job/schedule/tick.js';

/** What is to end: one job, or all of a class that were enqueued before. */
export type CancelTarget =
  { readonly kind: 'job'; readonly id: string } | { readonly kind: 'class'; readonly name: string };

/** A request to end jobs. */
export interface Cancellation {
  readonly target: CancelTarget;
  /**
   * When it was requested, in milliseconds since 1970, by the clock of the process that cancels. For a class it is compared
   * with the time in a job's id, which is the clock of the process that enqueued the job. The store's clock plays no part.
   */
  readonly at: number;
  /** In the canceller's words. */
  readonly reason?: string;
}

/** How long a cancellation is remembered; milliseconds. A job that is put off for longer is not hit by it any more. */
export const cancellationsLast = 7 * 24 * 3_600_000;
/** And how many. */
export const mostCancellations = 100_000;

/** Where it is left for the workers that run the jobs, or begin one that was on its way between two states. */
export interface Cancellations {
  /** Workers hear of it within half a second. */
  leave(cancellation: Cancellation): Promise<void>;
}

interface CancellableJob {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** When it was retried by hand, and so began anew; milliseconds since 1970. */
  readonly anewAt?: number | undefined;
}

/** The cancellations that a process has heard of, by what they hit. */
export class HeardCancellations {
  private readonly heard = new Map<string, Cancellation>();

  add(cancellation: Cancellation): void {
    const { target } = cancellation;
    const key = target.kind === 'job' ? jobKey(target.id) : classKey(target.name);
    // Last, so that the oldest come first.
    this.heard.delete(key);
    this.heard.set(key, cancellation);
    this.forgetOld();
  }

  /** The one that hits this job. */
  find(job: CancellableJob): Cancellation | undefined {
    if (this.heard.size === 0) return undefined;
    const [ofJob, ofClass] = [this.heard.get(jobKey(job.id)), this.heard.get(classKey(job.name))];
    const { anewAt = 0 } = job;
    if (ofJob && anewAt <= ofJob.at) return ofJob;
    // What is enqueued, retried or made by a schedule later is another matter.
    const since = Math.max(tickOf(job.id)?.at ?? job.enqueuedAt, anewAt);
    return ofClass && since <= ofClass.at ? ofClass : undefined;
  }

  forgetAll(): void {
    this.heard.clear();
  }

  private forgetOld(): void {
    const oldest = Date.now() - cancellationsLast;
    for (const [key, { at }] of this.heard) {
      if (at >= oldest && this.heard.size <= mostCancellations) return;
      this.heard.delete(key);
    }
  }
}

const jobKey = (id: string): string => `job:${id}`;
const classKey = (name: string): string => `class:${name}`;
