/** How a stop spends its time, in milliseconds; together the whole `shutdownTimeout`. */
export interface StopBudget {
  /** Running jobs may finish. */
  readonly wait: number;
  /** Their signals have aborted; they may clean up. */
  readonly grace: number;
  /** Those that are still there go back to their queues. */
  readonly handBack: number;
  /** Queues and connections close. */
  readonly close: number;
  /** The application closes. */
  readonly app: number;
}

/** The last five seconds are for closing; of a timeout under ten seconds it is half. */
export function stopBudget(shutdownTimeout: number): StopBudget {
  const closing = Math.min(5_000, shutdownTimeout / 2);
  const share = closing / 5;
  return { wait: shutdownTimeout - closing, grace: 2 * share, handBack: share, close: share, app: share };
}
