import { humanDuration } from '../../values/duration.js';

/**
 * The key of a function on `globalThis` that returns the main thread's running jobs as JSON. A debugger can call it while the
 * loop is blocked. It costs nothing until then.
 */
export const runningJobs = Symbol.for('nestjs-fledge:running');

export interface BlockedJob {
  readonly id: string;
  readonly name: string;
}

/** The code that blocks the loop. */
export interface Culprit {
  /** The job that blocked the loop, or all jobs that may have. Empty if no job was running, undefined if they are not known. */
  readonly jobs?: readonly BlockedJob[];
  /** The function, file and line that the main thread was running. */
  readonly where?: string;
}

/** A time in which the event loop did not turn. */
export interface BlockedLoop extends Culprit {
  /** How long the loop was blocked, in milliseconds. If there were several blocks, the longest. */
  readonly duration: number;
  /** 1, or the number of blocks by the same jobs since the last report. */
  readonly count: number;
  /** How long a job's lock lasts, in milliseconds. After a longer block other workers may take over this worker's jobs. */
  readonly lockDuration: number;
}

const namedAtMost = 5;

/** The line that is logged once the loop turns again. */
export function describeBlock({ duration, count, lockDuration, ...culprit }: BlockedLoop): string {
  const blocked =
    count > 1
      ? `The event loop was blocked ${count} times in the last minute, for up to ${humanDuration(duration)},`
      : `The event loop was blocked for ${humanDuration(duration)}`;
  const lock = humanDuration(lockDuration);
  const twice =
    duration >= lockDuration
      ? `That is longer than a job's lock lasts (${lock}), so other workers may have run this worker's jobs too.`
      : `A block of more than ${lock} can make this process's jobs run twice.`;
  return `${blocked} ${describeCulprit(culprit)}. Nothing else ran in this process during that time. ${twice} Split the work and await setImmediate() from node:timers/promises between the pieces, or move it to a worker thread or another process. [FLEDGE_LOOP_BLOCKED]`;
}

/** The line that the watchdog writes while the loop is blocked. */
export function describeStandstill(soFar: number, lockDuration: number, culprit: Culprit): string {
  return `The event loop has been blocked for ${humanDuration(soFar)} ${describeCulprit(culprit)}, and still is. Nothing else runs in this process, and no lock is renewed. After ${humanDuration(lockDuration)} other workers may run this worker's jobs too. [FLEDGE_LOOP_BLOCKED]`;
}

function describeCulprit({ jobs, where }: Culprit): string {
  return `${describeJobs(jobs)}${where === undefined ? '' : `, in ${where}`}`;
}

function describeJobs(jobs: readonly BlockedJob[] | undefined): string {
  if (!jobs) return 'by some job';
  if (jobs.length === 0) return 'while no job was running';
  const names = jobs.slice(0, namedAtMost).map(({ name, id }) => `${name} ${id}`);
  if (jobs.length === 1) return `by ${names[0]}`;
  const more = jobs.length > names.length ? ` and ${jobs.length - names.length} more` : '';
  return `by one of ${jobs.length} running jobs (${names.join(', ')}${more})`;
}
