import type { DeduplicationOptions, JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../../../store/store.js';
import { titleOf } from '../../../job/subjects.js';
import type { UniqueLock } from '../../../job/unique.js';
import type { RedisClient } from '../connection/connection.js';
import { followerKey, followerPointer, followersLast, postponeHolder } from './unique-holder.js';

/** The job that holds the lock may start, end or be replaced between two steps. Then the add is tried again. */
const tries = 50;

/**
 * Adds unique jobs through BullMQ's deduplication, which returns the other job in place of a duplicate. In one step it
 * replaces only jobs that are not due yet. So a waiting job is delayed first, and there is always one of the two.
 */
export class UniqueAdder {
  /** The last running add for each lock. The adds of one process take turns, so that each knows which job it replaced. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly client: RedisClient) {}

  async add(queue: Queue, job: NewJob, lock: UniqueLock, options: BullJobOptions): Promise<AddResult> {
    const withLock = { ...options, deduplication: deduplicationOf(lock) };
    if (lock.mode !== 'first') return this.inTurn(queue, job, lock, withLock);
    const { id: other = job.id } = await queue.add(job.name, job.envelope, withLock);
    return other === job.id ? { status: 'enqueued' } : { status: 'duplicate', duplicateOf: other };
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

  /** Adds a job with the mode `replace` or `last`, in which the later job wins. */
  private async addLater(
    queue: Queue,
    job: NewJob,
    lock: UniqueLock,
    options: BullJobOptions,
  ): Promise<AddResult> {
    const before = await queue.getDeduplicationJobId(lock.key);
    let replaced: string | undefined;
    for (let i = 0; i < tries; i++) {
      const { id: other = job.id } = await queue.add(job.name, job.envelope, options);
      if (other === job.id) return this.resultOf(queue, replaced ?? before ?? undefined);
      if (lock.mode === 'last' && (await this.follows(queue, job, lock))) return { status: 'enqueued' };
      if (await postponeHolder(this.client, queue.toKey(''), other)) replaced = other;
      else if (lock.mode === 'replace' && (await queue.getJobState(other)) === 'active')
        return { status: 'duplicate', duplicateOf: other };
    }
    throw new Error(
      `${titleOf({ name: job.name, subject: job.envelope.subject })} was not enqueued, because other processes kept replacing the same unique job`,
    );
  }

  /** A job that held the lock and no longer exists was replaced. A job that has ended in the meantime still exists. */
  private async resultOf(queue: Queue, before: string | undefined): Promise<AddResult> {
    if (before === undefined || (await this.client.exists(queue.toKey(before))) === 1)
      return { status: 'enqueued' };
    return { status: 'replaced', duplicateOf: before };
  }

  /** Returns whether BullMQ keeps the job to follow the running one. */
  private async follows(queue: Queue, { id }: NewJob, { key }: UniqueLock): Promise<boolean> {
    const base = queue.toKey('');
    if ((await this.client.hget(followerKey(base, key), 'jid')) !== id) return false;
    // The pointer makes the follower findable by its id.
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
