import type { DeduplicationOptions, JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../../../store/store.js';
import type { UniqueLock } from '../../../job/unique.js';
import type { RedisClient } from '../connection/connection.js';
import { followerKey, followerPointer, followersLast, putOff } from './unique-holder.js';

/** The one that is there may start, end or be replaced by somebody else between two looks at it. */
const tries = 50;

/**
 * Adds jobs through BullMQ's deduplication, which gives back the other job in place of a duplicate. It replaces only
 * jobs that are not due yet, in one step: one that waits in line is put off first, so that at no moment there is neither.
 */
export class UniqueAdder {
  /** The last add under way for each lock: those of one process take turns, so that each knows what it replaced. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly client: RedisClient) {}

  async add(queue: Queue, job: NewJob, lock: UniqueLock, options: BullJobOptions): Promise<AddResult> {
    const withLock = { ...options, deduplication: deduplicationOf(lock) };
    if (lock.mode !== 'first') return this.inTurn(queue, job, lock, withLock);
    const { id: other } = await queue.add(job.name, job.envelope, withLock);
    return other === job.id ? { status: 'enqueued' } : { status: 'duplicate', duplicateOf: other! };
  }

  private async inTurn(
    queue: Queue,
    job: NewJob,
    lock: UniqueLock,
    options: BullJobOptions,
  ): Promise<AddResult> {
    const key = queue.toKey(lock.key);
    const before = this.turns.get(key);
    const turn = (before ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.addLater(queue, job, lock, options));
    this.turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    }
  }

  /** `replace` and `last`: the later one wins. */
  private async addLater(
    queue: Queue,
    job: NewJob,
    lock: UniqueLock,
    options: BullJobOptions,
  ): Promise<AddResult> {
    const before = await queue.getDeduplicationJobId(lock.key);
    let inItsPlace: string | undefined;
    for (let i = 0; i < tries; i++) {
      const { id: other } = await queue.add(job.name, job.envelope, options);
      if (other === job.id) return this.resultOf(queue, inItsPlace ?? before ?? undefined);
      if (lock.mode === 'last' && (await this.follows(queue, job, lock))) return { status: 'enqueued' };
      if (await putOff(this.client, queue.toKey(''), other!)) inItsPlace = other!;
      else if (lock.mode === 'replace' && (await queue.getJobState(other!)) === 'active')
        return { status: 'duplicate', duplicateOf: other! };
    }
    throw new Error(`${job.name}: others replace the same unique job all the time`);
  }

  /** What was there before and is gone was replaced; one that has ended meanwhile is still kept. */
  private async resultOf(queue: Queue, before: string | undefined): Promise<AddResult> {
    if (before === undefined || (await this.client.exists(queue.toKey(before))) === 1)
      return { status: 'enqueued' };
    return { status: 'replaced', duplicateOf: before };
  }

  /** Whether it is kept to follow the one that runs. */
  private async follows(queue: Queue, { id }: NewJob, { key }: UniqueLock): Promise<boolean> {
    const base = queue.toKey('');
    if ((await this.client.hget(followerKey(base, key), 'jid')) !== id) return false;
    // So that it is found by its id.
    await this.client.set(followerPointer(base, id), key, 'PX', followersLast);
    return true;
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
