import { FledgeError, type JobFilter, type JobRecord } from '../../jobs/index.js';
import { humanDuration, withInventory, type RemoteInventory } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readArguments, readLimit, refuseEmpty, refuseRest, requireUrl } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { shownJob } from './job.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge dead [url] [--queue <queue>] [--job <name>] [--error <text>] [--limit <n>] [--json]';

const help = `Usage: ${usage}
       fledge dead retry <id> [url]
       fledge dead discard <id> [url]
       fledge dead retry|discard --all [--queue …] [--job …] [--error …] [url]

Lists the dead jobs, which have used up their attempts or were killed. They are listed queue by
queue, newest first. Retrying a job puts it back in its queue with all its attempts. Discarding
deletes it. fledge job <id> shows one job with its stack and log lines.

  url      the store, as for fledge doctor. Default: JOBS_URL.
           The password can also be in JOBS_PASSWORD.
  --queue  only jobs in this queue
  --job    only jobs of this class, by its stored name. For mails also the mailer, or the mailer and
           action: UserMailer or UserMailer.welcome
  --error  only jobs that failed with this error: its class name, its code, or a part of its message
  --all    retries or discards all dead jobs that match the filters
  --limit  how many jobs to list. Default: 50
  --json   prints the jobs as a JSON array without payloads and results. fledge job --payload shows
           these

Exit code: 0 done, 1 the dead job does not exist, or no connection, 2 wrong usage.`;

const flags = {
  queue: { type: 'string' },
  job: { type: 'string' },
  error: { type: 'string' },
  limit: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const actions = ['retry', 'discard'] as const;
const filters = ['queue', 'job', 'error'] as const;

type Action = (typeof actions)[number];
type Filter = (typeof filters)[number];

export const dead: Command = {
  summary: 'lists the dead jobs; retries or discards one or all',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, flags);
    refuseEmpty(values);
    const filter = filterOf(values);
    const [word, ...words] = positionals;
    const action = actions.find((known) => known === word);
    if (action) {
      const id = values.all ? undefined : words.shift();
      checkAim(action, id, words, values);
      const url = storeUrl(words[0], `dead ${action} ${id === undefined ? '--all' : '<id>'}`, output);
      const { text, complete } = await edit(action, id, filter, url, output.env);
      output.print(text);
      requireComplete(complete);
      return exit.ok;
    }
    requireUrl(word, actions, 'dead');
    if (values.all) throw new UsageError('--all is only for fledge dead retry and discard. Remove it.');
    refuseRest(words, usage);
    const limit = readLimit(values.limit, 50);
    const url = storeUrl(word, 'dead', output);
    const { found, complete } = await withInventory(
      url,
      output.env,
      async (inventory) => ({
        // One more than the limit shows whether there are more.
        found: await first(limit + 1, inventory.search.each('dead', filter)),
        complete: inventory.complete,
      }),
      filter.queue,
    );
    const jobs = found.slice(0, limit);
    if (values.json) output.json(jobs.map((job) => shownJob(job, false)));
    else output.print(list(jobs, found.length > limit));
    requireComplete(complete);
    return exit.ok;
  },
};

interface Values extends Partial<Record<Filter, string | undefined>> {
  readonly limit?: string | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

function filterOf(values: Values): JobFilter {
  const given = filters.flatMap((name): [Filter, string][] => {
    const value = values[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** Makes sure that the operator has chosen one job or all, so that a typing error cannot discard every job. */
function checkAim(action: Action, id: string | undefined, words: readonly string[], values: Values): void {
  const one = `fledge dead ${action} <id> [url]`;
  const all = `fledge dead ${action} --all [--queue …] [--job …] [--error …] [url]`;
  const either = 'Pass either an id, or --all with --queue, --job and --error, not both.';
  const [url, ...rest] = words;
  if (!values.all && (id === undefined || id.includes('://')))
    throw new UsageError(`Missing argument: a job's id, or --all. Use ${one}, or ${all}.`);
  if (values.limit !== undefined || values.json)
    throw new UsageError(`--limit and --json have no effect on fledge dead ${action}. Remove them.`);
  if (id !== undefined && filters.some((name) => values[name] !== undefined)) throw new UsageError(either);
  if (values.all && url !== undefined && !url.includes(':'))
    throw new UsageError(`${either} The URL comes last.`);
  refuseRest(rest, values.all ? all : one);
}

async function edit(
  action: Action,
  id: string | undefined,
  filter: JobFilter,
  url: string,
  env: NodeJS.ProcessEnv,
): Promise<{ text: string; complete: boolean }> {
  const edits = (inventory: RemoteInventory) =>
    id === undefined ? editAll(action, filter, inventory) : editOne(action, id, inventory);
  return withInventory(
    url,
    env,
    async (inventory) => ({
      text: await edits(inventory),
      complete: inventory.complete || id !== undefined,
    }),
    filter.queue,
  );
}

async function editOne(
  action: Action,
  id: string,
  { search, edits, complete }: RemoteInventory,
): Promise<string> {
  if (!(await search.find(id))) requireComplete(complete);
  refuseUnlessDead(await search.require(id), action);
  await (action === 'retry' ? edits.retry(id) : edits.discard(id));
  return `${id} ${action === 'retry' ? 'is waiting again.' : 'is discarded.'}`;
}

async function editAll(action: Action, filter: JobFilter, { edits }: RemoteInventory): Promise<string> {
  const count = await (action === 'retry' ? edits.retryAll(filter) : edits.discardAll('dead', filter));
  const jobs = count === 1 ? '1 job is' : `${count} jobs are`;
  return action === 'retry' ? `${jobs} waiting again.` : `${jobs} discarded.`;
}

/** Without this check, `discard` would delete a job that was retried in the meantime. */
function refuseUnlessDead(job: JobRecord, action: Action): void {
  const { id, queue, state } = job;
  if (state === 'dead') return;
  throw new FledgeError(
    'FLEDGE_JOB_STATE',
    `${titleOf(job)} ${id} is not dead, so fledge dead ${action} left it unchanged: it is ${state} on ${queue}. Run fledge job ${id} to see it.`,
    { jobId: id },
  );
}

async function first<T>(count: number, all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) if (found.push(one) === count) break;
  return found;
}

function list(jobs: readonly JobRecord[], isMore: boolean): string | string[] {
  if (jobs.length === 0) return 'No dead jobs found.';
  const now = Date.now();
  const lines = jobs.flatMap((job) => {
    const { id, queue, finishedAt, attempt, error, damage } = job;
    const when = finishedAt
      ? `died ${humanDuration(Math.max(0, now - finishedAt.getTime()))} ago`
      : 'is dead';
    const [message = ''] = (error?.message ?? damage ?? '').split('\n');
    return [
      `${id}  ${titleOf(job)} on ${queue} ${when}, after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`,
      ...(message === '' ? [] : [`  ${error ? `${error.name}: ` : ''}${message}`]),
    ];
  });
  const more = 'There are more dead jobs. Raise --limit, or filter with --queue, --job or --error.';
  return [...lines, ...(isMore ? [more] : [])];
}
