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
  /** When its next job is due, milliseconds since the epoch. */
  readonly next: number;
  /** It was made by a BullMQ before 6, which called these repeatable jobs; 6 does not run them. */
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
  /** All that were found. */
  readonly names: readonly string[];
  /** False when the server has so many keys that not all were looked at. */
  readonly complete: boolean;
  /** What Fledge's workers keep of each. */
  readonly retention: Retention;
  /** The first hundred of them; or why one could not be looked into. */
  readonly queues: readonly (QueueReading | { readonly name: string; readonly failure: Error })[];
}

const mostQueues = 100;
const mostSchedulers = 1_000;

/** Looks for BullMQ's queues below the prefix, and into each. Writes nothing. */
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
    // One at a time: CLIENT LIST is long on a busy server.
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
  const connection = client as ConnectionOptions;
  // Without the second option a queue writes its settings when it opens.
  const queue = new Queue(name, { connection, prefix, skipVersionCheck: true, skipMetasUpdate: true });
  queue.on('error', () => undefined);
  try {
    const { wait, prioritized, active, delayed, completed, failed } = (await queue.getJobCounts(
      'wait',
      'prioritized',
      'active',
      'delayed',
      'completed',
      'failed',
    )) as Record<'wait' | 'prioritized' | 'active' | 'delayed' | 'completed' | 'failed', number>;
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
    // The connection is not the queue's own, and stays.
    await queue.close();
  }
}

async function readWorkers(queue: Queue, errors: StoreErrors): Promise<Reading<number>> {
  try {
    const workers = await queue.getWorkers();
    // BullMQ's stand-in where the server does not know CLIENT LIST.
    if (workers.some(({ name }) => name === 'GCP does not support client list'))
      return new Error('the server has no CLIENT LIST');
    return workers.length;
  } catch (thrown) {
    return errors.bare(thrown);
  }
}

/** By hand, since BullMQ's own getter throws at a legacy entry and deletes one without a hash. */
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

/** As BullMQ's worker decides: `ic`, the iteration count, is written by job schedulers alone. */
async function isLegacy(client: Redis, repeat: string, id: string): Promise<boolean> {
  const hash = `${repeat}:${id}`;
  if (hasLegacyRepeatableKeyShape(id)) {
    // A key of another type has no count either; the other schedulers are to be read anyway.
    const hasCount = await client.hexists(hash, 'ic').catch((error: unknown) => {
      if (isDataFault(error)) return 0;
      throw error;
    });
    return hasCount === 0;
  }
  return (await client.exists(hash)) === 0;
}
