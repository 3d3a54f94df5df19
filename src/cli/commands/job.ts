import type { CancelledJob, JobRecord, RunningJob } from '../../jobs/index.js';
import { withInventory, type RemoteInventory } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { indentedLines, printable } from '../../jobs/values/printable.js';
import { describeStoredError } from '../../jobs/values/stored-error.js';
import { readTarget, refuseEmpty } from '../shell/arguments.js';
import { defineCommand, exit } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import type { Line } from '../shell/output.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { factsOf, type Fact } from '../shell/table.js';
import { wrap } from '../shell/text.js';
import { distance, isoTime, moment, type TimeView } from '../shell/times.js';
import { shownJob } from './job-list.js';
import { stateColours } from './tables/job-table.js';
import { phaseOf } from './tables/process-table.js';

export const job = defineCommand({
  name: 'job',
  summary: 'shows one job: its attempts, times, error and log lines',
  usages: ['<id> [url]'],
  about: [
    'Shows one job in any state: its attempts and times, the error of its last failed attempt with causes and stack, and the lines of context.log(). A job that was cancelled is deleted. For a week, the command shows when, by which process and why it was cancelled.',
  ],
  words: { id: "the job's id, as in the log, fledge jobs and fledge dead", ...urlWord },
  flags: {
    queue: {
      type: 'string',
      value: 'queue',
      help: "the job's queue, for a server with too many keys to find all queues",
    },
    payload: { type: 'boolean', help: 'also shows payload and result, which may contain personal data' },
    utc: { type: 'boolean', help: "prints times in UTC. Default: this machine's time zone" },
  },
  exits: '0 the job exists or was cancelled, 1 it does not exist, or no connection',
  async run({ values, words, output }) {
    const { target: id, url } = readTarget(words, "a job's id", 'fledge job <id> [url]');
    refuseEmpty(values);
    const found = await withInventory(
      storeUrl([url], { command: 'job <id>', output }),
      output.env,
      (inventory) => find(id, values.payload === true, inventory),
      values.queue,
    );
    const view = { now: output.now, utc: values.utc };
    if ('cancelledAt' in found) {
      output.show({ ...found, state: 'cancelled' }, () => describeCancelled(found, view, output.width));
      return exit.ok;
    }
    const { record, lines, running } = found;
    output.show({ ...record, ...abortOf(running), lines }, () =>
      describe(record, running, lines, view, output.width),
    );
    return exit.ok;
  },
});

/** A job in the store, and what else is known about it. */
interface FoundJob {
  readonly record: JobRecord;
  readonly lines: readonly string[];
  readonly running: RunningJob | undefined;
}

/** @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_QUEUES_INCOMPLETE` */
async function find(
  id: string,
  withPayload: boolean,
  { search, pausing, running, complete }: RemoteInventory,
): Promise<FoundJob | CancelledJob> {
  if (!(await search.find(id))) {
    const cancelled = await search.cancelled(id);
    if (cancelled) return cancelled;
    requireComplete(complete);
  }
  const job = await search.require(id);
  const [marked = job] = await pausing.mark([job]);
  const record = shownJob(marked, withPayload);
  return {
    record,
    lines: await search.logs(id),
    running: record.state === 'running' ? await running(record.id) : undefined,
  };
}

function describeCancelled(
  { id, name = 'The job', queue, cancelledAt, by, reason }: CancelledJob,
  view: TimeView,
  width: number | undefined,
): Line[] {
  const facts: Fact[] = [
    ['  cancelled', shownTime(cancelledAt, view)],
    ['  by', by],
    ['  reason', reason],
  ];
  return [
    [`${name} ${id} is `, { text: 'cancelled', colour: 'yellow' }, ` and deleted from ${queue}`],
    ...factsOf(facts, width),
  ];
}

/** The reason and the time of the abort, for JSON. */
function abortOf(running: RunningJob | undefined): object {
  if (running?.aborted === undefined || running.abortedAt === undefined) return {};
  return { aborted: running.aborted, abortedAt: isoTime(running.abortedAt) };
}

function describe(
  job: JobRecord,
  running: RunningJob | undefined,
  lines: readonly string[],
  view: TimeView,
  width: number | undefined,
): Line[] {
  const { id, queue, state, paused, error } = job;
  // The indent keeps a line of an error from looking like a line of this report.
  const failure = error ? indentedLines(describeStoredError(error)) : [];
  const log = lines.map((line) => `  ${line}`);
  const heading: Line = [
    `${titleOf(job)} ${id} is `,
    { text: state, colour: stateColours[state] },
    ` on ${queue}`,
    ...(running?.aborted === undefined ? [] : [': ', phaseOf(running)]),
    ...(paused ? [', ', { text: 'paused', colour: 'yellow' } as const] : []),
  ];
  return [
    heading,
    ...factsOf(factsAbout(job, view), width),
    ...(failure.length > 0 ? ['', ...failure.flatMap((line) => broken(line, width))] : []),
    ...(log.length > 0 ? ['', 'log', ...log.flatMap((line) => broken(line, width))] : []),
  ];
}

/** Breaks a long line. Its other lines are indented further than its first. */
function broken(line: string, width: number | undefined): string[] {
  const text = printable(line);
  const indent = text.length - text.trimStart().length;
  const [first = '', ...rest] = wrap(text.trimStart(), width === undefined ? undefined : width - indent - 4);
  return [' '.repeat(indent) + first, ...rest.map((one) => ' '.repeat(indent + 4) + one)];
}

function shownTime(time: Date, { now, utc }: TimeView): string {
  return `${moment(time, utc)}, ${distance(time, now)}`;
}

function factsAbout(job: JobRecord, view: TimeView): Fact[] {
  const { attempt, attempts, meta } = job;
  const at = (time: Date | undefined): string | undefined => time && shownTime(time, view);
  const facts: [string, unknown][] = [
    ['damage', job.damage],
    ['job', job.subject === undefined ? undefined : job.name],
    ['attempts', `${attempt}${attempts === Infinity ? '' : ` of ${attempts}`}`],
    ['priority', job.priority],
    ['schedule', job.schedule],
    ['enqueued', at(job.enqueuedAt)],
    ['due', at(job.dueAt)],
    ['started', at(job.startedAt)],
    ['finished', at(job.finishedAt)],
    ['meta', Object.keys(meta).length > 0 ? meta : undefined],
    ['progress', job.progress],
    ['payload', job.payload],
    ['result', job.result],
  ];
  return facts.map(([fact, value]) => [
    `  ${fact}`,
    value === undefined || typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}
