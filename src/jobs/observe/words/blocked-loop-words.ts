import { humanDuration } from '../../values/duration.js';

/**
 * Here, on `globalThis`, the main thread answers with JSON of the jobs that it has in hand: a debugger can call it
 * while the loop is blocked, and until then it costs nothing.
 */
export const runningJobs = Symbol.for('nestjs-fledge:running');

export interface BlockedJob {
  readonly id: string;
  readonly name: string;
}

/** Who blocks the loop. */
export interface Culprit {
  /** The one that it must be, or all that it can be; empty: no job was running; undefined: there was no way to know. */
  readonly jobs?: readonly BlockedJob[];
  /** The function, file and line that the main thread was found in. */
  readonly where?: string;
}

/** The loop did not turn for this long. */
export interface BlockedLoop extends Culprit {
  /** Milliseconds; of the longest, if there were several. */
  readonly duration: number;
  /** 1, or how many blocks by the same jobs there were since they were last told. */
  readonly count: number;
  /** Milliseconds: a block that lasts longer lets other workers take this one's jobs. */
  readonly lockDuration: number;
}

const namedAtMost = 5;

/** Said once the loop turns again. */
export function describeBlock({ duration, count, lockDuration, ...culprit }: BlockedLoop): string {
  const blocked =
    count > 1
      ? `The event loop was blocked ${count} times in the last minute, for up to ${humanDuration(duration)},`
      : `The event loop was blocked for ${humanDuration(duration)}`;
  const lock = humanDuration(lockDuration);
  const twice =
    duration >= lockDuration
      ? `That is longer than a job's lock lasts (${lock}): other workers may have run this one's jobs too.`
      : `A block of more than ${lock} can make this process's jobs run twice.`;
  return `${blocked} ${describeCulprit(culprit)}. Nothing else ran in this process meanwhile. ${twice} Cut the work into pieces with "await setImmediate()" of node:timers/promises between them, or give it a worker thread or a process of its own. [FLEDGE_LOOP_BLOCKED]`;
}

/** Said by the watchdog while the loop stands still. */
export function describeStandstill(soFar: number, lockDuration: number, culprit: Culprit): string {
  return `The event loop has been blocked for ${humanDuration(soFar)} ${describeCulprit(culprit)}, and still is. Meanwhile nothing else runs in this process and no lock is renewed: once it has lasted ${humanDuration(lockDuration)}, other workers may run this one's jobs too. [FLEDGE_LOOP_BLOCKED]`;
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
