import type { QueueStats } from '../../../store/store.js';
import type { JobLists } from './job-lists.js';

interface CountedQueue {
  readonly name: string;
  readonly jobs: JobLists;
  readonly isPaused: boolean;
}

/**
 * Counts the jobs of one queue. Jobs that are due now must be in the waiting list.
 * @param now in milliseconds since 1970
 */
export function statsOf({ name, jobs, isPaused }: CountedQueue, now: number, isServed: boolean): QueueStats {
  const waiting = jobs.in('waiting');
  const oldest = waiting.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
  return {
    name,
    size: waiting.length,
    scheduled: jobs.in('delayed').length,
    running: jobs.in('running').length,
    dead: jobs.in('dead').length,
    latency: waiting.length > 0 ? Math.max(0, now - oldest) : 0,
    paused: isPaused,
    consumers: isServed ? 1 : 0,
  };
}
