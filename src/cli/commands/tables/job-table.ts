import type { JobRecord, JobState } from '../../../jobs/index.js';
import { titleOf } from '../../../jobs/job/subjects.js';
import type { Colour, Line, Painted } from '../../shell/output.js';
import { table, type Column } from '../../shell/table.js';
import { distance, moment, type TimeView } from '../../shell/times.js';

export const stateColours: Readonly<Partial<Record<JobState, Colour>>> = {
  running: 'green',
  retrying: 'yellow',
  dead: 'red',
};

export function jobTable(
  jobs: readonly JobRecord[],
  { now, utc }: TimeView,
  width: number | undefined,
): Line[] {
  const columns: readonly Column<JobRecord>[] = [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'JOB', cell: titleOf, least: 10 },
    { title: 'STATE', cell: stateOf, narrow: 'below' },
    { title: 'WHEN', cell: (job) => decisive(job) && distance(decisive(job)!, now), narrow: 'below' },
    { title: 'QUEUE', cell: ({ queue }) => queue, least: 7, narrow: 'below' },
    { title: 'TRIES', cell: triesOf, narrow: 'below' },
    { title: 'TIME', cell: (job) => decisive(job) && moment(decisive(job)!, utc), narrow: 'omit' },
    { title: 'ERROR', cell: failureOf, least: 30, narrow: 'below' },
  ];
  return table(jobs, columns, width);
}

function stateOf({ state, paused }: JobRecord): Painted {
  return paused ? { text: 'paused', colour: 'yellow' } : { text: state, colour: stateColours[state] };
}

/** Returns the time that an operator asks for: when a job ended, started, or is due. */
function decisive({ state, enqueuedAt, dueAt, startedAt, finishedAt }: JobRecord): Date | undefined {
  if (state === 'dead' || state === 'completed') return finishedAt;
  return state === 'running' ? startedAt : (dueAt ?? enqueuedAt);
}

/** Returns how many attempts have ended, of how many. */
export function triesOf({ attempt, attempts, state }: JobRecord): string | undefined {
  if (attempt === 0 && state !== 'dead') return undefined;
  return attempts === Infinity ? String(attempt) : `${attempt} of ${attempts}`;
}

/** Returns the first line of the last error. */
function failureOf({ error, damage }: JobRecord): string | undefined {
  return (error ? `${error.name}: ${error.message}` : damage)?.split('\n')[0];
}
