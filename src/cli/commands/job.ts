import type { JobRecord } from '../../jobs/index.js';
import { humanDuration, withInventory } from '../../jobs/internals.js';
import { describeStoredError } from '../../jobs/values/stored-error.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readArguments, readTarget, refuseEmpty } from '../shell/arguments.js';
import { exit, type Command } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { indentedLines } from '../../jobs/values/printable.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge job <id> [url] [--queue <queue>] [--payload] [--json]';

const help = `Usage: ${usage}

Shows one job in any state: its attempts and times, the error of its last failed attempt with
causes and stack, and the lines of context.log().

  id         the job's id, as in the log and fledge dead
  url        the store, as for fledge doctor. Default: JOBS_URL.
             The password can also be in JOBS_PASSWORD.
  --queue    the job's queue, for a server with too many keys to find all queues
  --payload  also shows payload and result, which may contain personal data
  --json     prints one JSON object, with the log lines as "lines"

Exit code: 0 the job exists, 1 it does not, or no connection, 2 wrong usage.`;

export const job: Command = {
  summary: 'shows one job: its attempts, times, error and log lines',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, {
      queue: { type: 'string' },
      payload: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const { target: id, url } = readTarget(positionals, "a job's id", usage);
    refuseEmpty(values);
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

/** Removes payload and result unless the operator asks for them, because they may contain personal data. */
export function shownJob(record: JobRecord, withPayload: boolean): JobRecord {
  if (withPayload) return record;
  const { payload: _, result: __, ...rest } = record;
  return rest;
}

function describe(job: JobRecord, lines: readonly string[]): string[] {
  const { id, queue, state, error } = job;
  const facts = factsOf(job).map(([fact, value]) => `  ${fact.padEnd(9)} ${value}`);
  // The indent keeps a line of an error from looking like a line of this report.
  const failure = error ? ['', ...indentedLines(describeStoredError(error))] : [];
  const log = lines.length > 0 ? ['', 'log', ...lines.map((line) => `  ${line}`)] : [];
  return [`${titleOf(job)} ${id} is ${state} on ${queue}`, ...facts, ...failure, ...log];
}

function factsOf(job: JobRecord): [string, string][] {
  const { attempt, attempts, meta, enqueuedAt, dueAt, startedAt, finishedAt } = job;
  const facts: [string, unknown][] = [
    ['damage', job.damage],
    ['job', job.subject === undefined ? undefined : job.name],
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
