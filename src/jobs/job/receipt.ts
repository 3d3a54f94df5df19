/** The result of an enqueue. */
export interface JobReceipt {
  /** The job's id (UUIDv7). For a vetoed or failed job, the id that it would have had. */
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /**
   * - `enqueued`: the job is in the store.
   * - `duplicate`: a job with this id, or a unique job with the same key, already exists.
   * - `replaced`: the job took the place of another one (`unique.mode`).
   * - `vetoed`: enqueue middleware did not call `next()`.
   * - `failed`: see `error`.
   */
  readonly status: 'enqueued' | 'duplicate' | 'replaced' | 'vetoed' | 'failed';
  /** For `duplicate`, the id of the existing job. For `replaced`, the id of the job that was replaced. */
  readonly duplicateOf?: string;
  /** For `failed`, the reason: a `FledgeError`, or the error that enqueue middleware threw. */
  readonly error?: Error;
}
