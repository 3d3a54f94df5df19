import { FledgeError, type JobFilter, type JobRecord } from '../../jobs/index.js';
import { withInventory, type RemoteInventory, type StoreTarget } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readLimit, refuseEmpty } from '../shell/arguments.js';
import { defineCommand, exit, UsageError, type Output } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { listJobs } from './job-list.js';
import { filterOf, jobFlags, jobListFlags } from './job-pages.js';

const actions = ['retry', 'discard'] as const;

type Action = (typeof actions)[number];

export const dead = defineCommand({
  name: 'dead',
  summary: 'lists the dead jobs; retries or discards one or all',
  usages: [
    '[url]',
    'retry|discard <id> [url]',
    'retry|discard --all [--queue …] [--job …] [--error …] [url]',
  ],
  about: [
    'Lists the dead jobs, which have used up their attempts or were killed. They are listed queue by queue, newest first. fledge job <id> shows one job with its stack and log lines. Payloads and results are not in the list, nor in its JSON: fledge job --payload shows them.',
  ],
  actions: {
    retry: 'puts a dead job back in its queue with all its attempts',
    discard: 'deletes a dead job',
  } satisfies Record<Action, string>,
  words: { id: "the job's id, as in the list", ...urlWord },
  flags: {
    ...jobListFlags,
    all: { type: 'boolean', help: 'retries or discards all dead jobs that match the filters' },
  },
  exits: '0 done, 1 the dead job does not exist, or no connection',
  async run({ values, words, output }) {
    refuseEmpty(values);
    const filter = filterOf(values);
    const [word, ...rest] = words;
    const action = actions.find((known) => known === word);
    if (action) {
      const id = values.all ? undefined : rest.shift();
      checkAim(action, id, rest, values);
      const command = `dead ${action} ${id === undefined ? '--all' : '<id>'}`;
      return edit(action, id, filter, { url: storeUrl(rest, { command, output }), output });
    }
    const url = storeUrl(words, { command: 'dead', output, actions });
    if (values.all) throw new UsageError('--all is only for fledge dead retry and discard. Remove it.');
    const { cursor, utc } = values;
    const limit = readLimit(values.limit, 50);
    return listJobs(
      { states: ['dead'], filter, limit, cursor },
      { url, output, utc, none: 'No dead jobs found.' },
    );
  },
});

/** Makes sure that the operator has chosen one job or all, so that a typing error cannot discard every job. */
function checkAim(
  action: Action,
  id: string | undefined,
  [url]: readonly string[],
  values: Readonly<Record<string, string | boolean | undefined>>,
): void {
  const one = `fledge dead ${action} <id> [url]`;
  const all = `fledge dead ${action} --all [--queue …] [--job …] [--error …] [url]`;
  const either = 'Pass either an id, or --all with --queue, --job and --error, not both.';
  if (!values.all && (id === undefined || id.includes('://')))
    throw new UsageError(`Missing argument: a job's id, or --all. Use ${one}, or ${all}.`);
  if ((values.limit ?? values.cursor ?? values.utc) !== undefined)
    throw new UsageError(`--limit, --cursor and --utc have no effect on fledge dead ${action}. Remove them.`);
  if (id !== undefined && Object.keys(jobFlags).some((name) => values[name] !== undefined))
    throw new UsageError(either);
  if (values.all && url !== undefined && !url.includes(':'))
    throw new UsageError(`${either} The URL comes last.`);
}

/** @param id undefined for all jobs that match the filter */
async function edit(
  action: Action,
  id: string | undefined,
  filter: JobFilter,
  { url, output }: { readonly url: StoreTarget; readonly output: Output },
): Promise<typeof exit.ok> {
  const { count, complete } = await withInventory(
    url,
    output.env,
    async (inventory) => ({
      count: await (id === undefined ? editAll(action, filter, inventory) : editOne(action, id, inventory)),
      complete: inventory.complete || id !== undefined,
    }),
    filter.queue,
  );
  output.show({ action, id: id ?? null, count }, () => {
    const what = id === undefined ? (count === 1 ? '1 job is' : `${count} jobs are`) : `${id} is`;
    return action === 'retry' ? `${what} waiting again.` : `${what} discarded.`;
  });
  requireComplete(complete);
  return exit.ok;
}

async function editOne(
  action: Action,
  id: string,
  { search, edits, complete }: RemoteInventory,
): Promise<number> {
  if (!(await search.find(id))) requireComplete(complete);
  refuseUnlessDead(await search.require(id), action);
  await (action === 'retry' ? edits.retry(id) : edits.discard(id));
  return 1;
}

async function editAll(action: Action, filter: JobFilter, { edits }: RemoteInventory): Promise<number> {
  return action === 'retry' ? edits.retryAll(filter) : edits.discardAll('dead', filter);
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
