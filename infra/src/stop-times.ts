/** The longest stopTimeout that Fargate accepts, in seconds. */
const longestStop = 120;
/** Seconds between the end of the worker's stop and SIGKILL, so that a slow exit is not a kill. */
const margin = 5;

export interface StopTimesProps {
  /**
   * How many seconds the worker's whole stop may take, including the hand-back of unfinished jobs. The worker gets it as
   * `JOBS_SHUTDOWN_TIMEOUT`, which overrides config/jobs.yml.
   * @default 25
   */
  readonly shutdownTimeout?: number;
  /**
   * The seconds between SIGTERM and SIGKILL, at least 5 more than `shutdownTimeout` and at most 120. The worker gets it
   * as `JOBS_STOP_TIMEOUT`, and warns if its stop may take longer.
   * @default 5 more than shutdownTimeout
   */
  readonly stopTimeout?: number;
}

/** Returns both times in seconds. Fargate would refuse invalid times only during a deployment, and CDK does not check them. */
export function stopTimes({ shutdownTimeout = 25, stopTimeout = shutdownTimeout + margin }: StopTimesProps): {
  shutdownTimeout: number;
  stopTimeout: number;
} {
  for (const [name, seconds] of Object.entries({ shutdownTimeout, stopTimeout }))
    if (!Number.isInteger(seconds) || seconds < 1)
      throw new Error(`${name} is ${seconds}. Use a whole number of seconds that is at least 1.`);
  if (stopTimeout > longestStop)
    throw new Error(
      `stopTimeout is ${stopTimeout} s, but Fargate allows no more than ${longestStop} s between SIGTERM and SIGKILL. ` +
        `Use a shutdownTimeout of at most ${longestStop - margin} s. Unfinished jobs go back to their queue.`,
    );
  if (stopTimeout < shutdownTimeout + margin)
    throw new Error(
      `stopTimeout is ${stopTimeout} s, but must be at least ${shutdownTimeout + margin} s, which is ${margin} s more than ` +
        `shutdownTimeout. A worker that is killed during its stop cannot hand back its jobs.`,
    );
  return { shutdownTimeout, stopTimeout };
}
