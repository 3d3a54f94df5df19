import { FledgeError, type JobFilter, type JobRecord } from '../../jobs/index.js';
import { humanDuration, withInventory, type RemoteInventory } from '../../jobs/internals.js';
import { readArguments, refuseWord } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { shownJob } from './job.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge dead [url] [--queue <queue>] [--job <name>] [--error <text>] [--limit <n>] [--json]
       fledge dead retry <id> [url]
       fledge dead discard <id> [url]
       fledge dead retry|discard --all [--queue …] [--job …] [--error …] [url]

Lists the dead jobs: those that have used up their attempts, or were killed; queue after queue, the newest first. A job that
is retried waits again, with all its attempts. fledge job <id> shows one with its stack and log lines.

  url      as for fledge doctor; JOBS_URL if it is left out. JOBS_PASSWORD stands in for the password.
  --queue  those of one queue
  --job    those of one job class, by the name that they are stored under
  --error  those that failed with this: the error's class name or code, or a part of its message
  --all    all dead jobs, or all that these find
  --limit  how many are listed; 50 if it is left out
  --json   the jobs as an array; without payloads and results, which fledge job --payload shows

Exit code: 0 done, 1 no such dead job, or no connection, 2 wrong usage.`;

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
    const filter = readFilter(values);
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
    refuseWord(word, actions, 'dead');
    if (values.all) throw new UsageError('--all goes with fledge dead retry and fledge dead discard.');
    if (words.length > 0) throw new UsageError('fledge dead takes one URL.');
    const limit = readLimit(values.limit);
    const url = storeUrl(word, 'dead', output);
    // One more, to see whether that is all.
    const [found, complete] = await withInventory(
      url,
      output.env,
      async ({ search, complete: isComplete }) => [
        await first(limit + 1, search.each('dead', filter)),
        isComplete,
      ],
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

/** `--error "$CODE"` with a variable that is not set would mean all jobs. */
function readFilter(values: Values): JobFilter {
  const given = filters.flatMap((name): [Filter, string][] => {
    const value = values[name];
    if (value === '') throw new UsageError(`--${name} is empty. Give it a value, or leave it out.`);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(given);
}

/** Nobody should discard everything by a slip. */
function checkAim(action: Action, id: string | undefined, words: readonly string[], values: Values): void {
  const takes = `fledge dead ${action} takes a job's id, or --all with --queue, --job and --error`;
  if (!values.all && id === undefined) throw new UsageError(`${takes}.`);
  if (values.limit !== undefined || values.json) throw new UsageError(`${takes}; no --limit and no --json.`);
  if (id !== undefined && filters.some((name) => values[name] !== undefined))
    throw new UsageError(`${takes}; not both.`);
  const [url] = words;
  if (values.all && url !== undefined && !url.includes(':'))
    throw new UsageError(`${takes}; not both. The URL comes last.`);
  if (words.length > 1 || id?.includes('://')) throw new UsageError(`${takes}, and then a URL.`);
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
  return `${id} ${action === 'retry' ? 'waits again.' : 'is discarded.'}`;
}

async function editAll(action: Action, filter: JobFilter, { edits }: RemoteInventory): Promise<string> {
  const count = await (action === 'retry' ? edits.retryAll(filter) : edits.discardAll('dead', filter));
  if (action === 'retry') return count === 1 ? '1 job waits again.' : `${count} jobs wait again.`;
  return count === 1 ? '1 job is discarded.' : `${count} jobs are discarded.`;
}

/** `discard` alone would take a job that waits again by now. */
function refuseUnlessDead({ id, name, queue, state }: JobRecord, action: Action): void {
  if (state === 'dead') return;
  throw new FledgeError(
    'FLEDGE_JOB_STATE',
    `${name} ${id} is ${state} on ${queue}, not dead: fledge dead ${action} leaves it alone. fledge job ${id} shows it.`,
    { jobId: id },
  );
}

function readLimit(typed = '50'): number {
  if (/^[1-9]\d{0,5}$/.test(typed)) return Number(typed);
  throw new UsageError('--limit takes a whole number of 1 or more.');
}

async function first<T>(count: number, all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) if (found.push(one) === count) break;
  return found;
}

function list(jobs: readonly JobRecord[], isMore: boolean): string | string[] {
  if (jobs.length === 0) return 'No job is dead.';
  const now = Date.now();
  const lines = jobs.flatMap(({ id, name, queue, finishedAt, attempt, error, damage }) => {
    const when = finishedAt
      ? `died ${humanDuration(Math.max(0, now - finishedAt.getTime()))} ago`
      : 'is dead';
    const [message = ''] = (error?.message ?? damage ?? '').split('\n');
    return [
      `${id}  ${name} on ${queue} ${when}, after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'}`,
      ...(message === '' ? [] : [`  ${error ? `${error.name}: ` : ''}${message}`]),
    ];
  });
  const more = 'There are more: give --limit, or narrow them by --queue, --job or --error.';
  return [...lines, ...(isMore ? [more] : [])];
}
