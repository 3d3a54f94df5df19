/** What an enqueue gives back for a job. */
export interface JobReceipt {
  /** The job's id (UUIDv7). Of a vetoed or failed job: the id that it would have had. */
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /**
   * `duplicate`: there is one already, by its id or because jobs of its class are unique. `replaced`: it took the place of
   * another (`unique.mode`). `vetoed`: enqueue middleware did not let it through. `failed`: see `error`.
   */
  readonly status: 'enqueued' | 'duplicate' | 'replaced' | 'vetoed' | 'failed';
  /** With status `duplicate`: the id of the job that is already there; with `replaced`, of the one that is gone. */
  readonly duplicateOf?: string;
  /** With status `failed`: why; a `FledgeError`, or what enqueue middleware threw. */
  readonly error?: Error;
}
