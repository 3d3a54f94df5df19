import { tickOf } from '../job/schedule/tick.js';
import { day } from '../values/duration.js';

/** The jobs to cancel: one job, or all jobs of a class that were enqueued before the cancellation. */
export type CancelTarget =
  { readonly kind: 'job'; readonly id: string } | { readonly kind: 'class'; readonly name: string };

/** Who cancels, when and why. */
export interface CancelNote {
  /**
   * The time of the request in milliseconds since 1970, by the clock of the process that cancels. For a class it is compared
   * with the time in a job's id, which comes from the clock of the process that enqueued the job. The store's clock plays no
   * part.
   */
  readonly at: number;
  /** The process that cancels, as host:pid. */
  readonly by?: string;
  /** The reason that the caller passed. */
  readonly reason?: string;
}

/** A request to cancel jobs. */
export interface Cancellation extends CancelNote {
  readonly target: CancelTarget;
}

/** A job that was cancelled and deleted. */
export interface CancelledJob {
  readonly id: string;
  /** The stored name, if the job still had one. */
  readonly name?: string;
  readonly queue: string;
  readonly cancelledAt: Date;
  /** The process that cancelled it, as host:pid. */
  readonly by?: string;
  /** The reason that was passed to `cancel`, at most 200 characters. */
  readonly reason?: string;
}

/** How long a cancellation is kept, in milliseconds. It does not apply to a job that is delayed for longer. */
export const cancellationsLast = 7 * day;
/** How many cancellations are kept. */
export const mostCancellations = 100_000;
/** How many cancelled jobs are remembered, for as long as cancellations are kept. */
export const mostCancelledJobs = 10_000;
/** A longer reason is cut before it is kept with a job. */
const longestReason = 200;

/** Passes cancellations to the workers that run the jobs, or are about to start one. */
export interface Cancellations {
  /** Workers receive the cancellation within half a second. */
  leave(cancellation: Cancellation): Promise<void>;
  /** Finds a job that was cancelled and deleted in the last week. Only the newest 10,000 are remembered. */
  find(id: string): Promise<CancelledJob | undefined>;
}

/** Returns what is remembered of a cancelled job. */
export function cancelledJob(
  { id, name, queue }: { readonly id: string; readonly name?: string | undefined; readonly queue: string },
  { at, by, reason }: CancelNote,
): CancelledJob {
  return {
    id,
    ...(name && { name }),
    queue,
    cancelledAt: new Date(at),
    ...(by !== undefined && { by }),
    ...(reason !== undefined && { reason: shortReason(reason) }),
  };
}

/** Does not cut a surrogate pair in two. */
export function shortReason(reason: string): string {
  if (reason.length <= longestReason) return reason;
  return `${reason.slice(0, longestReason - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
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
