import type { JobRecord, RunningJob } from '../../jobs/index.js';
import { withInventory } from '../../jobs/internals.js';
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
    'Shows one job in any state: its attempts and times, the error of its last failed attempt with causes and stack, and the lines of context.log().',
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
  exits: '0 the job exists, 1 it does not, or no connection',
  async run({ values, words, output }) {
    const { target: id, url } = readTarget(words, "a job's id", 'fledge job <id> [url]');
    refuseEmpty(values);
    const { record, lines, running } = await withInventory(
      storeUrl([url], { command: 'job <id>', output }),
      output.env,
      async ({ search, pausing, running, complete }) => {
        if (!(await search.find(id))) requireComplete(complete);
        const found = await search.require(id);
        const [marked = found] = await pausing.mark([found]);
        const record = shownJob(marked, values.payload === true);
        return {
          record,
          lines: await search.logs(id),
          running: record.state === 'running' ? await running(record.id) : undefined,
        };
      },
      values.queue,
    );
    output.show({ ...record, ...abortOf(running), lines }, () =>
      describe(record, running, lines, { now: output.now, utc: values.utc }, output.width),
    );
    return exit.ok;
  },
});

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

function factsAbout(job: JobRecord, { now, utc }: TimeView): Fact[] {
  const { attempt, attempts, meta } = job;
  const at = (time: Date | undefined): string | undefined =>
    time && `${moment(time, utc)}, ${distance(time, now)}`;
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
