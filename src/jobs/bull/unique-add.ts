import type { DeduplicationOptions, JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../store.js';
import type { UniqueLock } from '../unique.js';

/** The one that is there may start, or end, between two looks at it. */
const tries = 3;

/**
 * Adds a job through BullMQ's deduplication, which gives back the other job in place of a duplicate, and replaces only
 * jobs that are not due yet: one that waits in line is taken out here, and the add repeated.
 */
export async function addUnique(
  queue: Queue,
  job: NewJob,
  lock: UniqueLock,
  options: BullJobOptions,
): Promise<AddResult> {
  const before = lock.mode === 'first' ? null : await queue.getDeduplicationJobId(lock.key);
  const withLock = { ...options, deduplication: deduplicationOf(lock) };
  for (let left = tries; ; left -= 1) {
    const { id: other } = await queue.add(job.name, job.envelope, withLock);
    if (other === job.id)
      return before === null ? { status: 'enqueued' } : { status: 'replaced', duplicateOf: before };
    const duplicate: AddResult = { status: 'duplicate', duplicateOf: other! };
    if (lock.mode === 'first' || left === 1) return duplicate;
    if (lock.mode === 'last' && (await follows(queue, job, lock))) return { status: 'enqueued' };
    if (!(await takeOut(queue, other!)) && lock.mode === 'replace') return duplicate;
  }
}

function deduplicationOf({ key, ttl, mode }: UniqueLock): DeduplicationOptions {
  return {
    id: key,
    ...(ttl === undefined ? {} : { ttl }),
    ...(mode === 'first' ? {} : { replace: true }),
    ...(mode === 'replace' && ttl !== undefined ? { extend: true } : {}),
    ...(mode === 'last' ? { keepLastIfActive: true } : {}),
  };
}

/** Whether it is kept to follow the one that runs. */
async function follows(queue: Queue, { id }: NewJob, { key }: UniqueLock): Promise<boolean> {
  const client = await queue.getBackend().client;
  return (await client.hget(queue.toKey(`dn:${key}`), 'jid')) === id;
}

/** True if it waited in line and is gone. */
async function takeOut(queue: Queue, id: string): Promise<boolean> {
  const state = await queue.getJobState(id);
  if (state !== 'waiting' && state !== 'prioritized') return false;
  return (await queue.remove(id)) === 1;
}
