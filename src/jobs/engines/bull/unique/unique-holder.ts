import { Job as BullJob, type Queue } from 'bullmq';
import { day } from '../../../values/duration.js';
import type { RedisClient } from '../connection/connection.js';
import { editJob } from '../scripts/edit-script.js';

/** How long a follower can be found by its id, in milliseconds. */
export const followersLast = 7 * day;
/** How long a waiting holder is delayed while another job takes its place, in milliseconds. It runs then if that fails. */
const putOffFor = 5_000;

/** The key of the job that follows the holder of a lock. BullMQ keeps it there (`keepLastIfActive`). */
export const followerKey = (base: string, lock: string): string => `${base}dn:${lock}`;
/** The key with the lock that a follower waits for. */
export const followerPointer = (base: string, id: string): string => `${base}follows:${id}`;

/** Delays a waiting job, so that BullMQ's next add can replace it. Returns false if the job was not waiting. */
export async function postponeHolder(client: RedisClient, base: string, id: string): Promise<boolean> {
  const dueAt = Date.now() + putOffFor;
  const result = await editJob(client, { base, id, from: ['wait', 'prioritized'], to: 'delayed', dueAt });
  return result === 'done';
}

/**
 * Removes a unique job by adding its follower in its place, which BullMQ does in one step. A plain removal would remove the
 * follower too.
 * @returns undefined if there is no follower, and otherwise whether the job was replaced
 */
export async function replaceByFollower(
  client: RedisClient,
  queue: Queue,
  id: string,
): Promise<boolean | undefined> {
  const base = queue.toKey('');
  const lock = await client.hget(base + id, 'deid');
  if (!lock || (await client.get(`${base}de:${lock}`)) !== id) return undefined;
  const { name, data, opts, jid } = await client.hgetall(followerKey(base, lock));
  if (!name || !opts || !jid) return undefined;
  await postponeHolder(client, base, id);
  const added = await queue.add(name, JSON.parse(data ?? 'null'), {
    ...BullJob.optsFromJSON(opts),
    jobId: jid,
  });
  return added.id === jid;
}

/** Drops the follower with this id. Returns false if no follower has it. */
export async function dropFollower(client: RedisClient, base: string, id: string): Promise<boolean> {
  const pointer = followerPointer(base, id);
  const lock = await client.get(pointer);
  if (lock === null) return false;
  const key = followerKey(base, lock);
  const isIt = (await client.hget(key, 'jid')) === id;
  await client.del(pointer);
  return isIt && (await client.del(key)) === 1;
}
