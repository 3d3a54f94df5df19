import type { FleetMember, RunningJob } from '../../../jobs/index.js';
import { humanDuration } from '../../../jobs/internals.js';
import { titleOf } from '../../../jobs/job/subjects.js';
import type { Line, Painted } from '../../shell/output.js';
import { table, type Column } from '../../shell/table.js';

export interface ListedProcess extends FleetMember {
  readonly gone: boolean;
}

/** The processes, and below them the jobs that they run. */
export function processTable(
  processes: readonly ListedProcess[],
  now: number,
  width: number | undefined,
): Line[] {
  const running = processes.flatMap((process) =>
    process.running.map((job) => ({ ...job, process: process.id })),
  );
  const jobs = running.length > 0 ? ['', ...table(running, jobColumns(now), width)] : [];
  return [...table(processes, processColumns, width), ...jobs];
}

/** Returns a cell that is empty if no field of the process's record could be read. */
const read =
  (cell: (process: ListedProcess) => string | undefined) =>
  (process: ListedProcess): string | undefined =>
    process.damage !== undefined && process.age === Infinity ? undefined : cell(process);

const processColumns: readonly Column<ListedProcess>[] = [
  { title: 'PROCESS', cell: ({ id }) => id },
  { title: 'STATE', cell: stateOf },
  { title: 'BUSY', cell: read(({ busy, concurrency }) => `${busy} of ${concurrency}`), narrow: 'below' },
  { title: 'QUEUES', cell: read(({ queues }) => shown(queues)), least: 20, narrow: 'below' },
  { title: 'YOUR PROCESSORS', cell: ({ others }) => others && shown(others), least: 20, narrow: 'below' },
  {
    title: 'MEMORY',
    cell: read(({ rss }) => `${Math.round(rss / 2 ** 20)} MiB`),
    align: 'right',
    narrow: 'below',
  },
  { title: 'LOOP DELAY', cell: read(({ loopDelay }) => `${loopDelay} ms`), align: 'right', narrow: 'below' },
  { title: 'ROUND TRIP', cell: read(({ roundTrip }) => `${roundTrip} ms`), align: 'right', narrow: 'below' },
  { title: 'APP', cell: ({ app }) => app, least: 8, narrow: 'below' },
  { title: 'FLEDGE', cell: read(({ version }) => version), narrow: 'below' },
  { title: 'DAMAGE', cell: ({ damage }) => damage, least: 30, narrow: 'below' },
];

function stateOf({ gone, age, state, damage }: ListedProcess): Painted {
  if (damage !== undefined) return { text: 'damaged', colour: 'red' };
  if (gone) return { text: `gone, heard ${humanDuration(age)} ago`, colour: 'red' };
  return { text: state, colour: state === 'running' ? 'green' : 'yellow' };
}

function shown(queues: readonly { readonly name: string; readonly concurrency: number }[]): string {
  return queues.map(({ name, concurrency }) => `${name} ×${concurrency}`).join(', ');
}

const jobColumns = (now: number): readonly Column<RunningJob & { readonly process: string }>[] => [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'JOB', cell: titleOf, least: 10 },
  { title: 'FOR', cell: ({ since }) => humanDuration(Math.max(0, now - since)), narrow: 'below' },
  { title: 'PHASE', cell: phaseOf, narrow: 'below' },
  { title: 'QUEUE', cell: ({ queue }) => queue, least: 7, narrow: 'below' },
  { title: 'PROCESS', cell: ({ process }) => process, narrow: 'below' },
];

/** A job whose signal was aborted is shown with the reason, because its phase says nothing about it. */
export function phaseOf({ phase, aborted }: RunningJob): string | Painted {
  if (aborted === undefined) return phase;
  return { text: abortWords[aborted], colour: 'yellow' };
}

const abortWords: Readonly<Record<NonNullable<RunningJob['aborted']>, string>> = {
  cancel: 'cancelled, still running',
  timeout: 'timed out, still running',
  shutdown: 'told to stop',
  crash: 'worker crashes',
  lease: 'lock lost',
};
