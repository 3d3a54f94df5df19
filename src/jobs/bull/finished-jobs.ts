import type { Job } from 'bullmq';
import type { Outcome } from '../outcome.js';

const most = 1_000;

/**
 * Attempts that have ended here and are not acknowledged yet. If the acknowledgement fails and the same attempt comes
 * back to this process, its body does not run again.
 */
export class FinishedJobs {
  private readonly ended = new Map<string, { readonly attemptsMade: number; readonly outcome: Outcome }>();

  remember({ id, attemptsMade }: Job, outcome: Outcome): void {
    if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'killed') return;
    this.ended.set(id!, { attemptsMade, outcome });
    if (this.ended.size <= most) return;
    const [oldest] = this.ended.keys();
    this.ended.delete(oldest!);
  }

  recall({ id, attemptsMade }: Job): Outcome | undefined {
    const known = this.ended.size === 0 ? undefined : this.ended.get(id!);
    return known?.attemptsMade === attemptsMade ? known.outcome : undefined;
  }

  /** It is acknowledged. */
  forget({ id }: Job): void {
    this.ended.delete(id!);
  }
}
