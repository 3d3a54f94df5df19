import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal } from '../connection/refusal.js';

const againAfter = 250;
/** In the last milliseconds of a lock, nothing is retried. */
const margin = 2 * againAfter;

/**
 * Repeats an operation that the store refuses (read-only during a failover, full, loading, …) until the job's lock is about
 * to expire.
 *
 * @param lockedUntil in milliseconds since 1970. It is called before each retry, because locks are renewed in the meantime.
 * @param rescue gets every other error, and may return a result in its place
 */
export async function retryWhileLocked<Result>(
  work: () => Promise<Result>,
  lockedUntil: () => number,
  onRefusal: (error: Error) => void,
  rescue: (thrown: unknown) => Promise<Result> = rethrow,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error)) return rescue(error);
      if (Date.now() > lockedUntil() - margin) throw error;
      onRefusal(error);
      await sleep(againAfter);
    }
  }
}

async function rethrow(thrown: unknown): Promise<never> {
  throw thrown;
}
