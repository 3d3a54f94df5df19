/** The time as the memory store sees it. Tests bring one that they can hold. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back at that time or soon after; the returned function cancels. */
  wakeAt(time: number, callback: () => void): () => void;
}

/** setTimeout waits at most this long; longer waits wake early and are set again. */
const longestTimeout = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  wakeAt(time, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, time - Date.now()), longestTimeout));
    // A job that is not due yet does not keep a process alive: the memory store's jobs die with it anyway.
    timer.unref();
    return () => clearTimeout(timer);
  },
};
