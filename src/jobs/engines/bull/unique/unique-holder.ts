import { Job as BullJob, type Queue } from 'bullmq';
import type { RedisClient } from '../connection/connection.js';
import { editJob } from '../scripts/edit-script.js';

/** How long a follower is found by its id; milliseconds. */
export const followersLast = 7 * 24 * 3_600_000;
/** So long is one that waits put off, in case that whoever would take its place ends before he has; milliseconds. */
const putOffFor = 5_000;

/** Where BullMQ keeps the job that is to follow the one that holds a lock (`keepLastIfActive`). */
export const followerKey = (base: string, lock: string): string => `${base}dn:${lock}`;
/** Where the lock is found that a follower waits for. */
export const followerPointer = (base: string, id: string): string => `${base}follows:${id}`;

/** True if it waited in line; it is due a little later now, and BullMQ's next add can replace it. */
export async function putOff(client: RedisClient, base: string, id: string): Promise<boolean> {
  const dueAt = Date.now() + putOffFor;
  const result = await editJob(client, { base, id, from: ['wait', 'prioritized'], to: 'delayed', dueAt });
  return result === 'done';
}

/**
 * A unique job is to go, and another is kept to follow it: then that one takes its place, in BullMQ's one step. Its
 * plain removal would take the follower with it.
 * @returns undefined when there is no follower; else whether the job is gone
 */
export async function giveWay(client: RedisClient, queue: Queue, id: string): Promise<boolean | undefined> {
  const base = queue.toKey('');
  const lock = await client.hget(base + id, 'deid');
  if (!lock || (await client.get(`${base}de:${lock}`)) !== id) return undefined;
  const { name, data, opts, jid } = await client.hgetall(followerKey(base, lock));
  if (!name || !opts || !jid) return undefined;
  await putOff(client, base, id);
  const added = await queue.add(name, JSON.parse(data ?? 'null'), {
    ...BullJob.optsFromJSON(opts),
    jobId: jid,
  });
  return added.id === jid;
}

/** True if it was kept to follow another, and is no more. */
export async function dropFollower(client: RedisClient, base: string, id: string): Promise<boolean> {
  const pointer = followerPointer(base, id);
  const lock = await client.get(pointer);
  if (lock === null) return false;
  const key = followerKey(base, lock);
  const isIt = (await client.hget(key, 'jid')) === id;
  await client.del(pointer);
  return isIt && (await client.del(key)) === 1;
}
