/** What an enqueue gives back for a job. */
export interface JobReceipt {
  /** The job's id (UUIDv7). Of a vetoed or failed job: the id that it would have had. */
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly status: 'enqueued' | 'duplicate' | 'replaced' | 'vetoed' | 'failed';
  /** With status `duplicate`: the id of the job that is already there. */
  readonly duplicateOf?: string;
  /** With status `failed`: why; a `FledgeError`, or what enqueue middleware threw. */
  readonly error?: Error;
}
