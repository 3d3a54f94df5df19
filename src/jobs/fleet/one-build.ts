import { statSync } from 'node:fs';
import { sep } from 'node:path';
import type { FleetMember } from '../store/fleet.js';
import { minute, second } from '../values/duration.js';

/** Workers whose starts are further apart may have a deploy between them. In milliseconds. */
const startedTogether = minute;
/** A worker beats every 10 s. If its last beat is older than this, it may have been killed and replaced. In milliseconds. */
const surelyAlive = 12 * second;

/**
 * Identifies the file that this process was started with, by its size and the time of its last change. Returns undefined for
 * a tool such as a test runner, which says nothing about the application.
 */
export function buildOf(entry: string | undefined): string | undefined {
  if (entry === undefined || entry.includes(`${sep}node_modules${sep}`)) return undefined;
  try {
    const { size, mtimeMs } = statSync(entry);
    // Reproducible builds set every file to one early time, so that it says nothing.
    return mtimeMs < Date.UTC(2000) ? undefined : `${size}-${Math.round(mtimeMs)}`;
  } catch {
    return undefined;
  }
}

/** Two workers that know different jobs, and a job that one of them does not know. */
export interface Division {
  readonly workers: readonly [FleetMember, FleetMember];
  readonly lacking: FleetMember;
  readonly job: string;
}

/**
 * Finds two workers of one build that know different jobs and were started together. A deploy does not explain them: its
 * workers are of two builds, or one was started long after the other.
 *
 * @param group live workers of the same queues
 */
export function findDivision(group: readonly FleetMember[]): Division | undefined {
  for (const [i, one] of group.entries())
    for (const other of group.slice(i + 1)) {
      const division = areOneBuild(one, other) ? (divide(one, other) ?? divide(other, one)) : undefined;
      if (division) return division;
    }
  return undefined;
}

function areOneBuild(one: FleetMember, other: FleetMember): boolean {
  return (
    one.build !== undefined &&
    one.build === other.build &&
    one.app === other.app &&
    Math.max(one.age, other.age) <= surelyAlive &&
    Math.abs(one.startedAt - other.startedAt) <= startedTogether
  );
}

function divide(knowing: FleetMember, lacking: FleetMember): Division | undefined {
  const job = knowing.jobs.find((name) => !lacking.jobs.includes(name));
  return job === undefined ? undefined : { workers: [knowing, lacking], lacking, job };
}

export function describeDivision({ workers: [one, other], lacking, job }: Division, queues: string): string {
  return `Two workers of the queues ${queues} run the same build, but know different jobs: ${one.id} and ${other.id}. ${lacking.id} does not know ${job}. If they are two applications, set another prefix in one of them: JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, start all its workers with the same modules, or let each kind serve its own queues.`;
}
