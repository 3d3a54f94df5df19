import type { Redis } from 'ioredis';
import { defaultRetention, type Keep, type Retention } from '../../../config/retention.js';
import { isObject } from '../../../values/readers.js';
import type { RedisClient } from '../connection/connection.js';
import { fledgeKey } from './fledge-keys.js';

/** Records a worker's retention. `fledge doctor` reads it, because it runs without the application. */
export async function recordRetention(
  client: RedisClient,
  prefix: string,
  retention: Retention,
): Promise<void> {
  await client.set(fledgeKey(prefix, 'retention'), JSON.stringify(retention));
}

/** Reads the retention of the last worker that started. Returns the defaults if there is none. */
export async function readRetention(client: Redis, prefix: string): Promise<Retention> {
  try {
    const retention: unknown = JSON.parse((await client.get(fledgeKey(prefix, 'retention'))) ?? '{}');
    if (isRetention(retention)) return { completed: retention.completed, dead: retention.dead };
  } catch {
    // The user may not read the key, or another program wrote it.
  }
  return defaultRetention;
}

function isRetention(value: unknown): value is Retention {
  return isObject(value) && isKeep(value.completed) && isKeep(value.dead);
}

function isKeep(value: unknown): value is Keep {
  return isObject(value) && Number.isFinite(value.age) && Number.isFinite(value.count);
}
