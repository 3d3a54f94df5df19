import type { Job } from 'bullmq';
import type { Envelope } from '../envelope.js';

/** From its first start on a job that is unique until then stands in nobody's way. */
export async function unlockAtStart(job: Job): Promise<void> {
  if (job.attemptsStarted <= 1 && untilOf(job) === 'start') await unlock(job);
}

/** BullMQ leaves a lock with a time limit in place until then. */
export async function unlockWhenDone(job: Job): Promise<void> {
  if (job.opts.deduplication?.ttl && untilOf(job) === 'done') await unlock(job);
}

/** If the store refuses, the lock goes when the job is done, or its time is up. */
async function unlock(job: Job): Promise<void> {
  await job.removeDeduplicationKey().catch(() => undefined);
}

function untilOf({ data }: Job): unknown {
  return (data as Partial<Envelope> | undefined)?.unique;
}
