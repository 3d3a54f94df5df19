/** What a worker process does for one queue. */
export interface QueuePlan {
  readonly name: string;
  /** How many jobs of this queue one worker process runs at a time. */
  readonly concurrency: number;
}
