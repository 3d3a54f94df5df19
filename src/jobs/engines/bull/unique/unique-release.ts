import type { Job } from 'bullmq';
import { isObject } from '../../../values/readers.js';

/** Returns whether the job's lock ends when its body begins. A job that is parked or handed back before keeps its lock. */
export function unlocksAtStart({ deduplicationId, data }: Job): boolean {
  return deduplicationId !== undefined && isObject(data) && data.unique === 'start';
}

/** Releases a lock with a time limit. BullMQ would keep it until that time. */
export async function unlockWhenDone(job: Job): Promise<void> {
  if (job.opts.deduplication?.ttl) await unlock(job);
}

/** Releases only the job's own lock. If the store refuses, the lock ends with the job or with its time limit. */
export async function unlock(job: Job): Promise<void> {
  await job.removeDeduplicationKey().catch(() => undefined);
}
