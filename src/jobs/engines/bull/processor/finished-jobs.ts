import type { Job } from 'bullmq';
import type { Outcome } from '../../../store/outcome.js';
import { isObject } from '../../../values/readers.js';

const most = 1_000;

interface Ended {
  readonly attemptsMade: number;
  readonly anewAt: number | undefined;
  readonly outcome: Outcome;
  /** What the store keeps of the result, as JSON. */
  readonly resultJson: string | undefined;
}

/** Returns when an operator retried the job. Its attempts are counted from there. The stored value may be damaged. */
export function anewAtOf({ data }: Job): number | undefined {
  return isObject(data) && typeof data.anewAt === 'number' ? data.anewAt : undefined;
}

/**
 * Attempts that have ended in this process and are not acknowledged yet. If the acknowledgement fails and the same attempt
 * comes back, its body does not run again.
 */
export class FinishedJobs {
  private readonly ended = new Map<string, Ended>();

  remember(job: Job, outcome: Outcome, resultJson: string | undefined): void {
    if (outcome.kind !== 'completed' && outcome.kind !== 'failed' && outcome.kind !== 'killed') return;
    const { id = '', attemptsMade } = job;
    this.ended.set(id, { attemptsMade, anewAt: anewAtOf(job), outcome, resultJson });
    if (this.ended.size <= most) return;
    const [oldest = ''] = this.ended.keys();
    this.ended.delete(oldest);
  }

  recall(job: Job): Ended | undefined {
    const ended = this.ended.size === 0 ? undefined : this.ended.get(job.id ?? '');
    const isSame = ended?.attemptsMade === job.attemptsMade && ended.anewAt === anewAtOf(job);
    return isSame ? ended : undefined;
  }

  /** Call it when the job has been acknowledged. Returns how it ended, if that is known. */
  forget({ id = '' }: Job): Ended | undefined {
    const ended = this.ended.get(id);
    this.ended.delete(id);
    return ended;
  }
}
