import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal } from '../connection/refusal.js';

const againAfter = 250;
/** So long before a lock's end nothing is begun any more that needs it. */
const margin = 2 * againAfter;

/**
 * Repeats what the store refuses (read-only during a failover, full, loading, …) for as long as the lock that it needs
 * lives.
 *
 * @param lockedUntil milliseconds since 1970; asked anew each time, since locks are renewed meanwhile
 * @param rescue gets every other error, and may return a result in its place
 */
export async function patiently<Result>(
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
