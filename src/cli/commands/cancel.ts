import { FledgeError, type JobRecord } from '../../jobs/index.js';
import { withInventory } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readArguments, readTarget, refuseEmpty } from '../shell/arguments.js';
import { exit, type Command } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl } from '../shell/store-url.js';

const usage = 'fledge cancel <id> [url] [--reason <text>] [--queue <queue>]';

const help = `Usage: ${usage}

Cancels one job, as JobsService.cancel() does. A waiting, scheduled or retrying job is removed.
The signal of a running job aborts within a second. The job ends as cancelled if its code respects
the signal.

  id        the job's id, as in the log, fledge ps and fledge job
  url       the store, as for fledge doctor. Default: JOBS_URL.
            The password can also be in JOBS_PASSWORD.
  --reason  your reason, for the job's log
  --queue   the job's queue, for a server with too many keys to find all queues

Exit code: 0 the job is removed or signalled, 1 no such job waits or runs, or no connection,
2 wrong usage.`;

export const cancel: Command = {
  summary: 'cancels a job, even if it is running',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, {
      reason: { type: 'string' },
      queue: { type: 'string' },
    });
    const { target: id, url } = readTarget(positionals, "a job's id", usage);
    refuseEmpty(values);
    const result = await withInventory(
      storeUrl(url, 'cancel <id>', output),
      output.env,
      async ({ canceller, search, complete }) => {
        const { removed, signalled } = await canceller.cancelJob(id, values.reason);
        if (removed > 0) return 'is cancelled and removed.';
        if (signalled > 0) return 'is running. Its signal aborts within a second.';
        const job = await search.find(id);
        if (!job) requireComplete(complete);
        throw notCancelled(job ?? (await search.require(id)));
      },
      values.queue,
    );
    output.print(`${id} ${result}`);
    return exit.ok;
  },
};

function notCancelled(job: JobRecord): FledgeError {
  const { id, state, schedule } = job;
  const why =
    state === 'scheduled' && schedule !== undefined
      ? `it is the next run of the schedule ${schedule}. To stop the schedule, run fledge cron pause ${schedule}`
      : `its state is ${state}`;
  return new FledgeError('FLEDGE_JOB_STATE', `${titleOf(job)} ${id} was not cancelled: ${why}.`, {
    jobId: id,
  });
}
