import type { JobRecord } from '../../jobs/index.js';
import { humanDuration, withInventory } from '../../jobs/internals.js';
import { describeStoredError } from '../../jobs/values/stored-error.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { indentedLines } from '../../jobs/values/printable.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge job <id> [url] [--queue <queue>] [--payload] [--json]

Shows one job, in whatever state it is: its attempts and times, what its last failed attempt failed with, with causes and
stack, and the lines that it kept by context.log.

  id         as the log and fledge dead have it
  url        as for fledge doctor; JOBS_URL if it is left out. JOBS_PASSWORD stands in for the password.
  --queue    where it is, on a server whose queues cannot all be found
  --payload  its payload and result too, which may hold what is nobody's business
  --json     one JSON object, with the log lines as "lines"

Exit code: 0 it is there, 1 it is not, or no connection, 2 wrong usage.`;

export const job: Command = {
  summary: 'shows one job: its attempts, times, error and log lines',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, {
      queue: { type: 'string' },
      payload: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const [id, url] = positionals;
    if (!id || positionals.length > 2 || id.includes('://'))
      throw new UsageError("fledge job takes a job's id, and then a URL.");
    if (values.queue === '') throw new UsageError('--queue is empty. Give it a value, or leave it out.');
    const [record, lines] = await withInventory(
      storeUrl(url, 'job <id>', output),
      output.env,
      async ({ search, complete }) => {
        if (!(await search.find(id))) requireComplete(complete);
        return [shownJob(await search.require(id), values.payload === true), await search.logs(id)] as const;
      },
      values.queue,
    );
    if (values.json) output.json({ ...record, lines });
    else output.print(describe(record, lines));
    return exit.ok;
  },
};

/** Payloads and results may be private: they are shown to whoever asks for them by name. */
export function shownJob(record: JobRecord, withPayload: boolean): JobRecord {
  if (withPayload) return record;
  const { payload: _, result: __, ...rest } = record;
  return rest;
}

function describe(job: JobRecord, lines: readonly string[]): string[] {
  const { id, name, queue, state, error } = job;
  const facts = factsOf(job).map(([fact, value]) => `  ${fact.padEnd(9)} ${value}`);
  // Indented, so that no line of an error can pass for one of ours.
  const failure = error ? ['', ...indentedLines(describeStoredError(error))] : [];
  const log = lines.length > 0 ? ['', 'log', ...lines.map((line) => `  ${line}`)] : [];
  return [`${name} ${id} is ${state} on ${queue}`, ...facts, ...failure, ...log];
}

function factsOf(job: JobRecord): [string, string][] {
  const { attempt, attempts, meta, enqueuedAt, dueAt, startedAt, finishedAt } = job;
  const facts: [string, unknown][] = [
    ['damage', job.damage],
    ['attempts', `${attempt}${attempts === Infinity ? '' : ` of ${attempts}`}`],
    ['priority', job.priority],
    ['schedule', job.schedule],
    ['enqueued', enqueuedAt && moment(enqueuedAt)],
    ['due', dueAt && moment(dueAt)],
    ['started', startedAt && moment(startedAt)],
    ['finished', finishedAt && moment(finishedAt)],
    ['meta', Object.keys(meta).length > 0 ? meta : undefined],
    ['progress', job.progress],
    ['payload', job.payload],
    ['result', job.result],
  ];
  return facts.flatMap(([fact, value]) =>
    value === undefined ? [] : [[fact, typeof value === 'string' ? value : JSON.stringify(value)]],
  );
}

function moment(time: Date): string {
  const ago = Date.now() - time.getTime();
  return `${time.toISOString()}, ${ago < 0 ? `in ${humanDuration(-ago)}` : `${humanDuration(ago)} ago`}`;
}
