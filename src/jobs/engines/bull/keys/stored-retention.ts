import type { Redis } from 'ioredis';
import { defaultRetention, type Keep, type Retention } from '../../../config/retention.js';
import type { RedisClient } from '../connection/connection.js';

/** No queue can be called `$retention`. */
const retentionKey = (prefix: string): string => `${prefix}:$retention`;

/** A worker says what it keeps, for whoever looks at the store without the application: `fledge doctor`. */
export async function tellRetention(
  client: RedisClient,
  prefix: string,
  retention: Retention,
): Promise<void> {
  await client.set(retentionKey(prefix), JSON.stringify(retention));
}

/** What the last worker that started keeps; the defaults where none has said so. */
export async function readRetention(client: Redis, prefix: string): Promise<Retention> {
  try {
    const text = await client.get(retentionKey(prefix));
    const { completed, dead } = JSON.parse(text ?? '{}') as Partial<Retention>;
    if (isKeep(completed) && isKeep(dead)) return { completed, dead };
  } catch {
    // It may not be read, or is not ours.
  }
  return defaultRetention;
}

function isKeep(keep: Partial<Keep> | undefined): keep is Keep {
  return Number.isFinite(keep?.age) && Number.isFinite(keep?.count);
}
