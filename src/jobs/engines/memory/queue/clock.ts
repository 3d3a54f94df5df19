/** The clock of the memory store. Tests pass one that they control. */
export interface Clock {
  /** In milliseconds since 1970. */
  now(): number;
  /** Calls back at that time or soon after. Call the returned function to cancel. */
  wakeAt(time: number, callback: () => void): () => void;
}

/** setTimeout waits at most this long. A longer wait calls back early, and the queue then sets the next timer. */
const longestTimeout = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  wakeAt(time, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, time - Date.now()), longestTimeout));
    // A scheduled job does not keep the process running, because jobs in memory are lost when it ends anyway.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
