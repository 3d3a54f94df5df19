import type { Job } from 'bullmq';
import type { Envelope } from '../../../store/envelope.js';
import type { Outcome } from '../../../store/outcome.js';

const most = 1_000;

interface Ended {
  readonly attemptsMade: number;
  readonly anewAt: number | undefined;
  readonly outcome: Outcome;
}

/** When a job was retried by hand, from which on its attempts count anew; what is stored is not trusted. */
export function anewAtOf({ data }: Job): number | undefined {
  const { anewAt } = (data ?? {}) as Partial<Envelope>;
  return typeof anewAt === 'number' ? anewAt : undefined;
}

/**
 * Attempts that have ended here and are not acknowledged yet. If the acknowledgement fails and the same attempt comes
 * back to this process, its body does not run again.
 */
export class FinishedJobs {
  private readonly ended = new Map<string, Ended>();

  remember(job: Job, outcome: Outcome): void {
    if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'killed') return;
    const { id, attemptsMade } = job;
    this.ended.set(id!, { attemptsMade, anewAt: anewAtOf(job), outcome });
    if (this.ended.size <= most) return;
    const [oldest] = this.ended.keys();
    this.ended.delete(oldest!);
  }

  recall(job: Job): Outcome | undefined {
    const known = this.ended.size === 0 ? undefined : this.ended.get(job.id!);
    const isSame = known?.attemptsMade === job.attemptsMade && known.anewAt === anewAtOf(job);
    return isSame ? known.outcome : undefined;
  }

  /** It is acknowledged. */
  forget({ id }: Job): void {
    this.ended.delete(id!);
  }
}
