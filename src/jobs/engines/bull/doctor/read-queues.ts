import { hasLegacyRepeatableKeyShape, Queue, type ConnectionOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { findQueues } from '../keys/find-queues.js';
import type { Retention } from '../../../config/retention.js';
import type { RedisAddress } from '../connection/redis-url.js';
import { isDataFault } from '../connection/refusal.js';
import type { Reading } from './server-info.js';
import type { StoreErrors } from '../connection/store-errors.js';
import { readRetention } from '../keys/stored-retention.js';

export interface SchedulerReading {
  readonly id: string;
  /** When its next job is due, in milliseconds since 1970. */
  readonly next: number;
  /** True for a repeatable job of BullMQ 5 or earlier. BullMQ 6 does not run these. */
  readonly legacy: boolean;
}

export interface QueueReading {
  readonly name: string;
  readonly counts: Readonly<Record<'waiting' | 'active' | 'delayed' | 'completed' | 'failed', number>>;
  readonly paused: boolean;
  readonly workers: Reading<number>;
  readonly schedulers: readonly SchedulerReading[];
}

export interface QueuesReading {
  /** The names of all queues that were found. */
  readonly names: readonly string[];
  /** False if the server has so many keys that the search stopped early. */
  readonly complete: boolean;
  /** How many finished jobs of each queue Fledge's workers keep. */
  readonly retention: Retention;
  /** The first hundred queues. A queue that could not be read has a `failure`. */
  readonly queues: readonly (QueueReading | { readonly name: string; readonly failure: Error })[];
}

const mostQueues = 100;
const mostSchedulers = 1_000;

/** Finds BullMQ's queues below the prefix and reads each. Writes nothing. */
export async function readQueues(
  client: Redis,
  { prefix }: RedisAddress,
  errors: StoreErrors,
): Promise<Reading<QueuesReading>> {
  try {
    const { names, complete } = await findQueues(
      (cursor, match, count) => client.scan(cursor, 'MATCH', match, 'COUNT', count),
      prefix,
    );
    const queues = [];
    // One after the other, because the answer to CLIENT LIST is long on a busy server.
    for (const name of names.slice(0, mostQueues)) queues.push(await readQueue(client, prefix, name, errors));
    return { names, complete, retention: await readRetention(client, prefix), queues };
  } catch (thrown) {
    return errors.bare(thrown);
  }
}

async function readQueue(
  client: Redis,
  prefix: string,
  name: string,
  errors: StoreErrors,
): Promise<QueueReading | { name: string; failure: Error }> {
  const connection: ConnectionOptions = client;
  // Without the second option a queue writes its settings when it opens.
  const queue = new Queue(name, { connection, prefix, skipVersionCheck: true, skipMetasUpdate: true });
  queue.on('error', () => undefined);
  try {
    const counts = await queue.getJobCounts(
      'wait',
      'prioritized',
      'active',
      'delayed',
      'completed',
      'failed',
    );
    const { wait = 0, prioritized = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts;
    return {
      name,
      counts: { waiting: wait + prioritized, active, delayed, completed, failed },
      paused: await queue.isPaused(),
      workers: await readWorkers(queue, errors),
      schedulers: await readSchedulers(client, queue),
    };
  } catch (thrown) {
    return { name, failure: errors.bare(thrown) };
  } finally {
    // This does not close the connection, because the session owns it.
    await queue.close();
  }
}

async function readWorkers(queue: Queue, errors: StoreErrors): Promise<Reading<number>> {
  try {
    const workers = await queue.getWorkers();
    // BullMQ returns this name if the server does not support CLIENT LIST.
    if (workers.some(({ name }) => name === 'GCP does not support client list'))
      return new Error('the server does not support CLIENT LIST');
    return workers.length;
  } catch (thrown) {
    return errors.bare(thrown);
  }
}

/** Does not use BullMQ's getter, which throws at a legacy entry and deletes an entry without a hash. */
async function readSchedulers(client: Redis, queue: Queue): Promise<SchedulerReading[]> {
  const repeat = queue.toKey('repeat');
  const entries = await client.zrange(repeat, '0', String(mostSchedulers - 1), 'WITHSCORES');
  const ids = entries.filter((_, i) => i % 2 === 0);
  return Promise.all(
    ids.map(async (id, i) => ({
      id,
      next: Number(entries[2 * i + 1]),
      legacy: await isLegacy(client, repeat, id),
    })),
  );
}

/** Decides as BullMQ's worker does. Only job schedulers write `ic`, the iteration count. */
async function isLegacy(client: Redis, repeat: string, id: string): Promise<boolean> {
  const hash = `${repeat}:${id}`;
  if (hasLegacyRepeatableKeyShape(id)) {
    // A key of another type has no count either. It must not prevent the other schedulers from being read.
    const hasCount = await client.hexists(hash, 'ic').catch((error: unknown) => {
      if (isDataFault(error)) return 0;
      throw error;
    });
    return hasCount === 0;
  }
  return (await client.exists(hash)) === 0;
}
