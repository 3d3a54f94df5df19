/** The longest stopTimeout that Fargate accepts, in seconds. */
const longestStop = 120;
/** Seconds between the end of the worker's stop and SIGKILL, so that a slow exit is not a kill. */
const margin = 5;

export interface StopTimesProps {
  /**
   * Seconds that the worker's whole stop may take, hand-back of unfinished jobs included. Given to it as
   * `JOBS_SHUTDOWN_TIMEOUT`, which wins over config/jobs.yml.
   * @default 25
   */
  readonly shutdownTimeout?: number;
  /**
   * Seconds between SIGTERM and SIGKILL: at least 5 more than `shutdownTimeout`, at most 120. Given to the worker
   * as `JOBS_STOP_TIMEOUT`, so that it warns when the two do not fit.
   * @default 5 more than shutdownTimeout
   */
  readonly stopTimeout?: number;
}

/** Both times in seconds; Fargate itself says no only in the middle of a deployment, and CDK not at all. */
export function stopTimes({ shutdownTimeout = 25, stopTimeout = shutdownTimeout + margin }: StopTimesProps): {
  shutdownTimeout: number;
  stopTimeout: number;
} {
  for (const [name, seconds] of Object.entries({ shutdownTimeout, stopTimeout }))
    if (!Number.isInteger(seconds) || seconds < 1)
      throw new Error(`${name} must be a whole number of seconds from 1 on, and is ${seconds}.`);
  if (stopTimeout > longestStop)
    throw new Error(
      `stopTimeout is ${stopTimeout} s, and Fargate gives no more than ${longestStop} s between SIGTERM and SIGKILL. ` +
        `Use a shutdownTimeout of at most ${longestStop - margin} s: what is not done by then is handed back to its queue.`,
    );
  if (stopTimeout < shutdownTimeout + margin)
    throw new Error(
      `stopTimeout is ${stopTimeout} s and must be at least ${shutdownTimeout + margin} s, ${margin} more than ` +
        `shutdownTimeout: a worker that is killed before its stop is over cannot hand back the jobs that it runs.`,
    );
  return { shutdownTimeout, stopTimeout };
}
