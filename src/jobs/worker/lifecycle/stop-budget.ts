/** How long each step of a stop may take, in milliseconds. The steps add up to `shutdownTimeout`. */
export interface StopBudget {
  /** For running jobs to finish. */
  readonly wait: number;
  /** For jobs to clean up after their signals have aborted. */
  readonly grace: number;
  /** For unfinished jobs to be put back in their queues. */
  readonly handBack: number;
  /** For queues and connections to close. */
  readonly close: number;
  /** For the application to close. It also gets the time that the other steps have left over. */
  readonly app: number;
}

/** Reserves the last five seconds for closing, or half of a timeout under ten seconds. */
export function stopBudget(shutdownTimeout: number): StopBudget {
  const closing = Math.min(5_000, shutdownTimeout / 2);
  const share = closing / 5;
  return { wait: shutdownTimeout - closing, grace: 2 * share, handBack: share, close: share, app: share };
}

/**
 * Returns how long the application may take to close, in milliseconds. Its own queues may have jobs that are still running.
 *
 * @param began when the stop began, by `performance.now()`
 */
export function timeForApp(shutdownTimeout: number, began: number): number {
  const left = began + shutdownTimeout - performance.now();
  return Math.round(Math.max(stopBudget(shutdownTimeout).app, left));
}
