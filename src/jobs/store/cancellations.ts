import { tickOf } from '../job/schedule/tick.js';
import { day } from '../values/duration.js';

/** The jobs to cancel: one job, or all jobs of a class that were enqueued before the cancellation. */
export type CancelTarget =
  { readonly kind: 'job'; readonly id: string } | { readonly kind: 'class'; readonly name: string };

/** A request to cancel jobs. */
export interface Cancellation {
  readonly target: CancelTarget;
  /**
   * The time of the request in milliseconds since 1970, by the clock of the process that cancels. For a class it is compared
   * with the time in a job's id, which comes from the clock of the process that enqueued the job. The store's clock plays no
   * part.
   */
  readonly at: number;
  /** The reason that the caller passed. */
  readonly reason?: string;
}

/** How long a cancellation is kept, in milliseconds. It does not apply to a job that is delayed for longer. */
export const cancellationsLast = 7 * day;
/** How many cancellations are kept. */
export const mostCancellations = 100_000;

/** Passes cancellations to the workers that run the jobs, or are about to start one. */
export interface Cancellations {
  /** Workers receive the cancellation within half a second. */
  leave(cancellation: Cancellation): Promise<void>;
}

interface CancellableJob {
  readonly id: string;
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly enqueuedAt: number;
  /** When an operator last retried the job, in milliseconds since 1970. */
  readonly anewAt?: number | undefined;
}

/** The cancellations that a process has received, by the jobs that they cancel. */
export class ReceivedCancellations {
  private readonly received = new Map<string, Cancellation>();

  add(cancellation: Cancellation): void {
    const { target } = cancellation;
    const key = target.kind === 'job' ? jobKey(target.id) : classKey(target.name);
    // Deleted first, so that the map stays in order of age.
    this.received.delete(key);
    this.received.set(key, cancellation);
    this.forgetOld();
  }

  /** Returns the cancellation that applies to this job, or undefined if none does. */
  find(job: CancellableJob): Cancellation | undefined {
    if (this.received.size === 0) return undefined;
    const [ofJob, ofClass] = [this.received.get(jobKey(job.id)), this.received.get(classKey(job.name))];
    const { anewAt = 0 } = job;
    if (ofJob && anewAt <= ofJob.at) return ofJob;
    // The cancellation of a class does not apply to jobs that are enqueued, retried or scheduled later.
    const since = Math.max(tickOf(job.id)?.at ?? job.enqueuedAt, anewAt);
    return ofClass && since <= ofClass.at ? ofClass : undefined;
  }

  forgetAll(): void {
    this.received.clear();
  }

  private forgetOld(): void {
    const oldest = Date.now() - cancellationsLast;
    for (const [key, { at }] of this.received) {
      if (at >= oldest && this.received.size <= mostCancellations) return;
      this.received.delete(key);
    }
  }
}

const jobKey = (id: string): string => `job:${id}`;
const classKey = (name: string): string => `class:${name}`;
