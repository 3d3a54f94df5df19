import { FledgeError, type JobRecord } from '../../jobs/index.js';
import { withInventory } from '../../jobs/internals.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl } from '../shell/store-url.js';

const help = `Usage: fledge cancel <id> [url] [--reason <text>] [--queue <queue>]

Cancels one job, as JobsService.cancel does: one that waits, for its time or another attempt, is removed; one that runs sees
its signal abort within a second, and ends as cancelled if its code looks at that.

  id        as the log, fledge ps and fledge job have it
  url       as for fledge doctor; JOBS_URL if it is left out. JOBS_PASSWORD stands in for the password.
  --reason  in your words, for the job's log
  --queue   where it is, on a server whose queues cannot all be found

Exit code: 0 it is gone or was asked to end, 1 no such job waits or runs, or no connection, 2 wrong usage.`;

export const cancel: Command = {
  summary: 'cancels a job, one that runs too',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, {
      reason: { type: 'string' },
      queue: { type: 'string' },
    });
    const { reason, queue } = values;
    const [id, url] = positionals;
    if (!id || positionals.length > 2 || id.includes('://'))
      throw new UsageError("fledge cancel takes a job's id, and then a URL.");
    if (reason === '' || queue === '')
      throw new UsageError(
        `--${reason === '' ? 'reason' : 'queue'} is empty. Give it a value, or leave it out.`,
      );
    const what = await withInventory(
      storeUrl(url, 'cancel <id>', output),
      output.env,
      async ({ canceller, search, complete }) => {
        const { removed, signalled } = await canceller.cancelJob(id, reason);
        if (removed > 0) return 'is cancelled: it is removed.';
        if (signalled > 0) return 'runs, and is asked to end.';
        const job = await search.find(id);
        if (!job) requireComplete(complete);
        throw uncancelled(job ?? (await search.require(id)));
      },
      queue,
    );
    output.print(`${id} ${what}`);
    return exit.ok;
  },
};

function uncancelled({ id, name, state, schedule }: JobRecord): FledgeError {
  const why =
    state === 'scheduled' && schedule !== undefined
      ? `is the next tick of the schedule ${schedule}, which counts on it. fledge cron pause ${schedule} makes no more of them`
      : `is ${state}, and there is nothing to cancel`;
  return new FledgeError('FLEDGE_JOB_STATE', `${name} ${id} ${why}.`, { jobId: id });
}
