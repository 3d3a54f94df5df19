import type { Queue } from 'bullmq';
import type { QueueStats } from '../../store/store.js';
import type { RedisClient } from './connection/connection.js';
import { readList, readSortedSet } from './scripts/list-scripts.js';
import { jobRecord } from './inventory/job-record.js';
import type { Place } from './scripts/raw-job.js';

/**
 * Counts the jobs and consumers of one queue.
 * @param isOut returns whether the consumer with this name takes no more jobs. A quiet one is still connected.
 */
export async function statsOf(
  client: RedisClient,
  queue: Queue,
  isOut: (consumer: string) => boolean,
): Promise<QueueStats> {
  const [counts, paused, consumers, ...next] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed'),
    queue.isPaused(),
    consumersOf(queue),
    nextDue(client, queue, 'wait'),
    nextDue(client, queue, 'prioritized'),
  ]);
  const { wait = 0, prioritized = 0, delayed = 0, active = 0, failed = 0 } = counts;
  const now = Date.now();
  const waits = next.flatMap((due) => (due === undefined ? [] : [now - due.getTime()]));
  return {
    name: queue.name,
    size: wait + prioritized,
    scheduled: delayed,
    running: active,
    dead: failed,
    latency: Math.max(0, ...waits),
    paused,
    consumers: consumers?.filter((name) => !isOut(name)).length,
  };
}

/** Returns when the next job of a list was due. A damaged job may not have that time. */
async function nextDue(
  client: RedisClient,
  queue: Queue,
  place: Extract<Place, 'wait' | 'prioritized'>,
): Promise<Date | undefined> {
  const base = queue.toKey('');
  const [next] =
    place === 'wait'
      ? await readList(client, { base, place, count: 1 })
      : await readSortedSet(client, { base, place, order: 'asc', count: 1 });
  return next && jobRecord(queue.name, place, next).dueAt;
}

/** The name that BullMQ returns for a server without CLIENT LIST, such as Google's. */
const notListed = 'GCP does not support client list';

/** Returns the names of the processors that fetch from a queue. Returns undefined if the server does not list its clients. */
async function consumersOf(queue: Queue): Promise<string[] | undefined> {
  const clients = await queue.getWorkers().catch((error: Error) => {
    if (!error.message.startsWith('NOPERM')) throw error;
    return [{ name: notListed }];
  });
  if (clients[0]?.name === notListed) return undefined;
  return clients.map(({ rawname = '' }: { rawname?: string }) => rawname.slice(rawname.indexOf(':w:') + 3));
}
