import type { Job } from 'bullmq';
import type { Outcome } from '../outcome.js';

const most = 1_000;

/**
 * Attempts that have ended here and are not acknowledged yet. If the acknowledgement fails and the same attempt comes
 * back to this process, its body does not run again.
 */
export class FinishedJobs {
  private readonly outcomes = new Map<string, Outcome>();

  remember(job: Job, outcome: Outcome): void {
    if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'killed') return;
    this.outcomes.set(key(job), outcome);
    if (this.outcomes.size <= most) return;
    const [oldest] = this.outcomes.keys();
    this.outcomes.delete(oldest!);
  }

  recall(job: Job): Outcome | undefined {
    return this.outcomes.size === 0 ? undefined : this.outcomes.get(key(job));
  }

  /** It is acknowledged. BullMQ has counted the attempt by then. */
  forget(job: Job): void {
    this.outcomes.delete(`${job.id}:${job.attemptsMade - 1}`);
  }
}

function key(job: Job): string {
  return `${job.id}:${job.attemptsMade}`;
}
