import { humanDuration } from '../values/duration.js';
import type { WorkerSettings } from './settings/settings.js';

/** What a process needs beyond its `shutdownTimeout`: the signal's way to it, and its own end; milliseconds. */
const margin = 2_000;

/** Words, when the platform kills the worker before its stop can be over. */
export function stopTimeoutWarning({
  shutdownTimeout,
  stopTimeout,
}: Pick<WorkerSettings, 'shutdownTimeout' | 'stopTimeout'>): string | undefined {
  if (stopTimeout === undefined || shutdownTimeout + margin <= stopTimeout) return undefined;
  return `A stop may take ${humanDuration(shutdownTimeout)} (shutdown timeout), but the platform kills the process ${humanDuration(stopTimeout)} after SIGTERM (JOBS_STOP_TIMEOUT): jobs that run then are not handed back, and start again elsewhere only after their locks have run out. Lower --shutdown-timeout to ${humanDuration(Math.max(1_000, stopTimeout - 5_000))} or raise the platform's (ECS: stopTimeout, Kubernetes: terminationGracePeriodSeconds, compose: stop_grace_period) to ${humanDuration(shutdownTimeout + 5_000)}.`;
}
