/** A queue that a worker process serves. */
export interface QueuePlan {
  readonly name: string;
  /** How many jobs of this queue the process runs at once. */
  readonly concurrency: number;
}
