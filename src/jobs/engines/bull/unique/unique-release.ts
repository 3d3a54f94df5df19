import type { Job } from 'bullmq';
import type { Envelope } from '../../../store/envelope.js';

/** Whether its lock ends when its body begins, and not before: a job that is parked or handed back has not begun. */
export function unlocksAtStart({ deduplicationId, data }: Job): boolean {
  return deduplicationId !== undefined && (data as Partial<Envelope> | undefined)?.unique === 'start';
}

/** BullMQ leaves a lock with a time limit in place until then. */
export async function unlockWhenDone(job: Job): Promise<void> {
  if (job.opts.deduplication?.ttl) await unlock(job);
}

/** Its own lock alone. If the store refuses, the lock goes when the job is done, or its time is up. */
export async function unlock(job: Job): Promise<void> {
  await job.removeDeduplicationKey().catch(() => undefined);
}
