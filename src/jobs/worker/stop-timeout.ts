import { humanDuration } from '../values/duration.js';
import type { WorkerSettings } from './settings/settings.js';

/** The time that a process needs beyond its `shutdownTimeout` to receive the signal and to exit, in milliseconds. */
const margin = 2_000;

/** Returns a warning if the platform kills the worker before its stop can be complete. */
export function stopTimeoutWarning({
  shutdownTimeout,
  stopTimeout,
}: Pick<WorkerSettings, 'shutdownTimeout' | 'stopTimeout'>): string | undefined {
  if (stopTimeout === undefined || shutdownTimeout + margin <= stopTimeout) return undefined;
  return `A stop may take ${humanDuration(shutdownTimeout)} (shutdown timeout), but the platform kills the process ${humanDuration(stopTimeout)} after SIGTERM (JOBS_STOP_TIMEOUT). Jobs that are still running then are not handed back and start again elsewhere only after their locks have expired. Lower --shutdown-timeout to ${humanDuration(Math.max(1_000, stopTimeout - 5_000))} or raise the platform's timeout (ECS: stopTimeout, Kubernetes: terminationGracePeriodSeconds, compose: stop_grace_period) to ${humanDuration(shutdownTimeout + 5_000)}.`;
}
