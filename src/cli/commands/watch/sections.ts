import type { FleetMember, JobRecord } from '../../../jobs/index.js';
import { humanDuration, isLive, type SampledQueue, type StoreSample } from '../../../jobs/internals.js';
import { titleOf } from '../../../jobs/job/subjects.js';
import type { Line, Painted } from '../../shell/output.js';
import { table, type Column } from '../../shell/table.js';
import { distance } from '../../shell/times.js';
import { stateColours, triesOf } from '../tables/job-table.js';

/** A part of the frame: a table with a title. */
export interface Section {
  readonly title: string;
  /** The line in place of a table without rows. */
  readonly none: Line;
  readonly total: number;
  /** Draws the first rows, one line each. */
  readonly draw: (rows: number, width: number | undefined) => Line[];
}

/** A column that is left out on narrower or wider terminals, so that each row stays one line. */
interface WatchColumn<Row> extends Column<Row> {
  /** In columns of the terminal. @default any width */
  readonly from?: number;
  /** In columns of the terminal. The column is left out from this width on. @default none */
  readonly below?: number;
}

function section<Row>(
  title: string,
  none: Line,
  rows: readonly Row[],
  columns: readonly WatchColumn<Row>[],
): Section {
  return {
    title,
    none,
    total: rows.length,
    draw: (count, width = Infinity) =>
      table(
        rows.slice(0, count),
        columns.filter(({ from = 0, below }) => width >= from && (below === undefined || width < below)),
        width === Infinity ? undefined : width,
      ),
  };
}

export function queuesOf({ queues }: StoreSample): Section {
  const columns: readonly WatchColumn<SampledQueue>[] = [
    { title: 'QUEUE', cell: ({ name }) => name, least: 5 },
    { title: 'STATE', cell: stateOf },
    right('WAITING', ({ size }) => String(size)),
    right('GROWTH/S', ({ rates }) => rates && signed(rates.growth), 100),
    right('RUNNING', ({ running }) => String(running)),
    { ...right<SampledQueue>('SCHED', ({ scheduled }) => String(scheduled)), below: 76 },
    right('SCHEDULED', ({ scheduled }) => String(scheduled), 76),
    right('DONE/S', ({ rates }) => (rates ? rate(rates.done) : '-')),
    right('DEAD/S', ({ rates }) => rates && rate(rates.dead), 100),
    right('DEAD', ({ dead }) => ({ text: String(dead), colour: dead > 0 ? 'red' : undefined })),
    right('LATE', ({ latency }) => (latency > 0 ? humanDuration(latency) : '-'), 76),
    right('WORKERS', ({ consumers }) => String(consumers ?? '?'), 100),
  ];
  return section('Queues', 'The store has no queues.', queues, columns);
}

export function workersOf({ members }: StoreSample): Section {
  const columns: readonly WatchColumn<FleetMember>[] = [
    { title: 'WORKER', cell: ({ id }) => id, least: 12 },
    { title: 'STATE', cell: workerState },
    { title: 'BUSY', cell: read(({ busy, concurrency }) => `${busy} of ${concurrency}`) },
    {
      title: 'QUEUES',
      cell: read(({ queues }) => queues.map(({ name }) => name).join(', ')),
      least: 10,
      from: 76,
    },
    right(
      'MEMORY',
      read(({ rss }) => `${Math.round(rss / 2 ** 20)} MiB`),
      76,
    ),
    right(
      'LOOP DELAY',
      read(({ loopDelay }) => `${loopDelay} ms`),
      100,
    ),
    right(
      'ROUND TRIP',
      read(({ roundTrip }) => `${roundTrip} ms`),
      120,
    ),
    { title: 'FLEDGE', cell: read(({ version }) => version), from: 120 },
  ];
  const none: Line = [{ text: 'No worker process was found.', colour: 'yellow' }];
  return section('Workers', none, members, columns);
}

export function runningOf({ running, members }: StoreSample, now: number): Section {
  const workers = new Map(
    members.flatMap(({ id, running: jobs }) => jobs.map((job) => [job.id, id] as const)),
  );
  const columns: readonly WatchColumn<JobRecord>[] = [
    { title: 'JOB', cell: titleOf, least: 10 },
    {
      title: 'FOR',
      cell: ({ startedAt }) => startedAt && humanDuration(Math.max(0, now - startedAt.getTime())),
    },
    { title: 'PROGRESS', cell: ({ progress }) => progressOf(progress), least: 8 },
    { title: 'QUEUE', cell: ({ queue }) => queue, least: 7 },
    { title: 'ID', cell: ({ id }) => id, from: 76 },
    { title: 'WORKER', cell: ({ id }) => workers.get(id), least: 12, from: 120 },
  ];
  return section('Running jobs', 'No job is running.', running, columns);
}

export function failuresOf({ failures }: StoreSample, now: number): Section {
  const columns: readonly WatchColumn<JobRecord>[] = [
    { title: 'JOB', cell: titleOf, least: 10 },
    { title: 'STATE', cell: ({ state }) => ({ text: state, colour: stateColours[state] }) },
    { title: 'WHEN', cell: (job) => whenOf(job, now) },
    { title: 'TRIES', cell: triesOf, from: 100 },
    { title: 'ID', cell: ({ id }) => id, from: 120 },
    { title: 'ERROR', cell: failureOf, least: 12 },
  ];
  return section('Last failures', 'No job has failed.', failures, columns);
}

/** A column of numbers. */
function right<Row>(title: string, cell: Column<Row>['cell'], from = 0): WatchColumn<Row> {
  return { title, cell, align: 'right', from };
}

/** Returns a cell that is empty if the worker's record cannot be read. */
function read(cell: (member: FleetMember) => string): (member: FleetMember) => string | undefined {
  return (member) => (member.damage !== undefined && member.age === Infinity ? undefined : cell(member));
}

function stateOf({ paused, consumers, size, scheduled }: SampledQueue): Painted {
  if (paused) return { text: 'paused', colour: 'yellow' };
  if (consumers !== 0) return { text: 'served', colour: 'green' };
  return { text: 'no worker', colour: size + scheduled > 0 ? 'red' : undefined };
}

function workerState(member: FleetMember): Painted {
  if (member.damage !== undefined) return { text: 'damaged', colour: 'red' };
  if (!isLive(member)) return { text: 'gone', colour: 'red' };
  return { text: member.state, colour: member.state === 'running' ? 'green' : 'yellow' };
}

function rate(perSecond: number): string {
  return perSecond < 10 ? String(Number(perSecond.toFixed(1))) : perSecond.toFixed(0);
}

function signed(perSecond: number): string {
  const text = rate(Math.abs(perSecond));
  if (text === '0') return text;
  return perSecond > 0 ? `+${text}` : `-${text}`;
}

function progressOf(progress: unknown): string | undefined {
  if (progress === undefined) return undefined;
  return typeof progress === 'number' ? `${Number(progress.toFixed(1))} %` : JSON.stringify(progress);
}

/** Returns when a job died, and for a retrying job when it runs again. */
function whenOf({ finishedAt, dueAt }: JobRecord, now: number): string | undefined {
  const time = finishedAt ?? dueAt;
  return time && distance(time, now);
}

/** Returns the first line of the last error. */
function failureOf({ error, damage }: JobRecord): string | undefined {
  return (error ? `${error.name}: ${error.message}` : damage)?.split('\n')[0];
}
