import type { CancelNote } from '../../../store/cancellations.js';
import type { EditResult } from '../../../store/inventory.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import type { CancelledJobs } from '../keys/cancelled-jobs.js';
import { queueBase } from '../keys/fledge-keys.js';
import { cancelJob } from '../scripts/cancel-script.js';
import { damagedIfDataFault, type JobRemover } from './job-remover.js';

/** Deletes jobs that are cancelled, and remembers them in the same step. */
export class JobCanceller {
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly jobs: CancelledJobs,
    private readonly remover: JobRemover,
    private readonly ask: Ask,
  ) {}

  async cancel(queue: string, id: string, note: CancelNote): Promise<EditResult> {
    const base = queueBase(this.prefix, queue);
    const kept = this.jobs.kept(queue, note);
    const result = await this.ask(() => cancelJob(this.client, base, id, kept).catch(damagedIfDataFault));
    if (result === 'gone') return 'done';
    if (result === 'tick') return 'tick';
    if (result === 'stays') return 'late';
    // BullMQ removes members of flows, and unique jobs that have a follower. They are remembered in a step of its own.
    const removed = await this.remover.remove(queue, id);
    if (removed === 'done') await this.remember(queue, id, note);
    return removed;
  }

  /** The job is cancelled, even if the store does not remember it. */
  async remember(queue: string, id: string, note: CancelNote): Promise<void> {
    await this.ask(() => this.jobs.remember(queue, id, undefined, note)).catch(() => undefined);
  }
}
