import { FledgeError, type JobRecord } from '../../jobs/index.js';
import { withInventory } from '../../jobs/internals.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { readTarget, refuseEmpty } from '../shell/arguments.js';
import { defineCommand, exit } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { storeUrl, urlWord } from '../shell/store-url.js';

export const cancel = defineCommand({
  name: 'cancel',
  summary: 'cancels a job, even if it is running',
  usages: ['<id> [url]'],
  about: [
    'Cancels one job, as JobsService.cancel() does. A waiting, scheduled or retrying job is removed. The signal of a running job aborts within a second. The job ends as cancelled if its code respects the signal.',
  ],
  words: { id: "the job's id, as in the log, fledge ps and fledge jobs", ...urlWord },
  flags: {
    reason: { type: 'string', value: 'text', help: "your reason, for the job's log" },
    queue: {
      type: 'string',
      value: 'queue',
      help: "the job's queue, for a server with too many keys to find all queues",
    },
  },
  exits: '0 the job is removed or signalled, 1 no such job waits or runs, or no connection',
  async run({ values, words, output }) {
    const { target: id, url } = readTarget(words, "a job's id", 'fledge cancel <id> [url]');
    refuseEmpty(values);
    const report = await withInventory(
      storeUrl([url], { command: 'cancel <id>', output }),
      output.env,
      async ({ canceller, search, complete }) => {
        const report = await canceller.cancelJob(id, values.reason);
        if (report.removed + report.signalled > 0) return report;
        const job = await search.find(id);
        if (!job) requireComplete(complete);
        throw notCancelled(job ?? (await search.require(id)));
      },
      values.queue,
    );
    output.show({ id, ...report }, () =>
      report.removed > 0
        ? `${id} is cancelled and removed.`
        : `${id} is running. Its signal aborts within a second.`,
    );
    return exit.ok;
  },
});

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
