import type { Job, Queue } from 'bullmq';
import type { Envelope } from '../envelope.js';
import type { QueueStats } from '../store.js';

/**
 * @param isOut whether the consumer with this name takes no more jobs: it is quiet, though it is still connected
 */
export async function statsOf(queue: Queue, isOut: (consumer: string) => boolean): Promise<QueueStats> {
  const [counts, paused, consumers, next, urgent] = await Promise.all([
    queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed'),
    queue.isPaused(),
    consumersOf(queue),
    queue.getJobs(['wait'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, 0, true),
  ]);
  const now = Date.now();
  const waits = [...next, ...urgent].filter(Boolean).map((job) => now - dueAt(job));
  return {
    name: queue.name,
    size: counts.wait! + counts.prioritized!,
    scheduled: counts.delayed!,
    active: counts.active!,
    dead: counts.failed!,
    latency: Math.max(0, ...waits),
    paused,
    consumers: consumers?.filter((name) => !isOut(name)).length,
  };
}

/** When a job was due to run; milliseconds since 1970. */
export function dueAt({ timestamp, opts, data }: Job): number {
  // What is stored may be damaged, and is not trusted here either.
  const noted = (data as Partial<Envelope> | undefined)?.dueAt;
  // Noted after each failure, and when somebody put it off or brought it forward.
  return typeof noted === 'number' ? noted : timestamp + (opts.delay ?? 0);
}

/** BullMQ's words for a server without CLIENT LIST, such as Google's. */
const notListed = 'GCP does not support client list';

/** The names of the processors that fetch from a queue; undefined where the server does not list its clients. */
async function consumersOf(queue: Queue): Promise<string[] | undefined> {
  const clients = await queue.getWorkers().catch((error: Error) => {
    if (!error.message.startsWith('NOPERM')) throw error;
    return [{ name: notListed }];
  });
  if (clients[0]?.name === notListed) return undefined;
  return clients.map(({ rawname = '' }: { rawname?: string }) => rawname.slice(rawname.indexOf(':w:') + 3));
}
