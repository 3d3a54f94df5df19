import type { Redis } from 'ioredis';
import { newJobId } from '../../src/jobs/values/job-id.js';

/** The value in place of a job's hash: its fields, another type of key, or undefined for none. */
export type StoredHash = Readonly<Record<string, string | Buffer>> | 'string' | 'list' | 'zset' | undefined;

export interface Planted {
  readonly id: string | Buffer;
  readonly key: Buffer;
}

/** The hash of a valid job of this class, as BullMQ and Fledge write it. */
export function soundHash(name: string, payload?: unknown): Record<string, string> {
  return {
    name,
    data: JSON.stringify({ v: 1, ...(payload === undefined ? {} : { payload }) }),
    opts: '{"attempts":5}',
    timestamp: String(Date.now()),
    delay: '0',
    priority: '0',
  };
}

/** Writes a job directly to Redis, so that it can contain anything. It is not yet in a list. */
export async function plant(
  client: Redis,
  base: string,
  hash: StoredHash,
  id: string | Buffer = newJobId(),
): Promise<Planted> {
  const key = Buffer.concat([Buffer.from(base), Buffer.from(id)]);
  if (hash === 'string') await client.set(key, 'x');
  else if (hash === 'list') await client.rpush(key, 'x');
  else if (hash === 'zset') await client.zadd(key, 1, 'x');
  else if (hash !== undefined) await client.hset(key, ...Object.entries(hash).flat());
  return { id, key };
}

/** At the head of the queue, so it is fetched next. */
export async function letWait(client: Redis, base: string, ...jobs: readonly Planted[]): Promise<void> {
  for (const { id } of jobs) await client.rpush(`${base}wait`, id);
  await client.zadd(`${base}marker`, 0, '0');
}

/** Returns all lists and sets that contain this job. */
export async function placesOf(client: Redis, base: string, id: string | Buffer): Promise<string[]> {
  const raw = Buffer.from(id);
  const places: string[] = [];
  for (const list of ['wait', 'active'])
    if ((await client.lrangeBuffer(base + list, 0, -1)).some((one) => one.equals(raw))) places.push(list);
  for (const set of ['prioritized', 'delayed', 'failed', 'completed'])
    if ((await client.zscore(base + set, raw)) !== null) places.push(set);
  return places;
}
