import type { AsyncResource } from 'node:async_hooks';
import {
  cancelledJob,
  cancellationsLast,
  mostCancelledJobs,
  ReceivedCancellations,
  type Cancellation,
  type Cancellations,
  type CancelledJob,
  type CancelNote,
} from '../../store/cancellations.js';
import { timeOfJobId } from '../../values/job-id.js';
import { RunningAttempts } from '../../store/running-attempts.js';

/** The part of a job in memory that tells which cancellation applies to it. */
interface EndedJob {
  readonly id: string;
  readonly name: string;
  readonly enqueuedAt: number;
  readonly anewAt?: number | undefined;
}

/** Cancellations in memory. The process that cancels a job is also the one that runs it. */
export class MemoryCancellations implements Cancellations {
  private readonly received = new ReceivedCancellations();
  private readonly running = new Set<RunningAttempts>();
  /** Cancelled and deleted jobs, the oldest first. */
  private readonly cancelled = new Map<string, CancelledJob>();

  /** @param boot its async context is the one of the jobs. Their listeners of the abort run in it, not in the canceller's. */
  constructor(private readonly boot: AsyncResource) {}

  /** Returns the attempts of a new worker. A cancellation aborts those that it applies to. */
  newAttempts(): RunningAttempts {
    const running = new RunningAttempts(this.received);
    this.running.add(running);
    return running;
  }

  /**
   * Forgets the cancellations, so that none applies to a job that is enqueued in the same millisecond. Running jobs are
   * aborted already, and waiting jobs are removed.
   */
  forgetAll(): void {
    this.received.forgetAll();
  }

  async find(id: string): Promise<CancelledJob | undefined> {
    this.forgetOld();
    return this.cancelled.get(id);
  }

  /** Remembers a job that was deleted because it is cancelled. */
  remember(job: Pick<CancelledJob, 'id' | 'name' | 'queue'>, note: CancelNote): void {
    this.cancelled.delete(job.id);
    this.cancelled.set(job.id, cancelledJob(job, note));
    this.forgetOld();
  }

  /** Remembers a job that ran until its signal was aborted. */
  rememberEnded({ id, name, enqueuedAt, anewAt }: EndedJob, queue: string): void {
    const since = timeOfJobId(id) ?? enqueuedAt;
    const request = this.received.find({ id, name, enqueuedAt: since, anewAt });
    this.remember({ id, name, queue }, request ?? { at: Date.now() });
  }

  private forgetOld(): void {
    const oldest = Date.now() - cancellationsLast;
    for (const [id, { cancelledAt }] of this.cancelled) {
      if (cancelledAt.getTime() >= oldest && this.cancelled.size <= mostCancelledJobs) return;
      this.cancelled.delete(id);
    }
  }

  async leave(cancellation: Cancellation): Promise<void> {
    this.received.add(cancellation);
    for (const running of this.running) this.boot.runInAsyncScope(() => running.cancel());
  }
}
