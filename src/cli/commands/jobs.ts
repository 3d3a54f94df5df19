import { jobStates, type JobState } from '../../jobs/index.js';
import { readLimit, refuseEmpty } from '../shell/arguments.js';
import { defineCommand, UsageError } from '../shell/command.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { countJobs } from './job-counts.js';
import { listJobs } from './job-list.js';
import { filterOf, jobListFlags } from './job-pages.js';

/** The states of jobs that are not finished, in the order in which they are listed. */
const unfinished: readonly JobState[] = ['running', 'waiting', 'retrying', 'scheduled'];

export const jobs = defineCommand({
  name: 'jobs',
  summary: 'lists jobs in any state, or counts them by class',
  usages: ['[state] [url]'],
  about: [
    'Lists jobs. Without a state, it lists those that are not finished: first the running ones, then waiting, retrying and scheduled ones. Jobs are listed queue by queue, those that are due next first. Finished jobs are listed newest first. A cancelled job is removed, so it is in no list.',
    'With --by-class it counts them instead, by class and state.',
  ],
  actions: {
    waiting: 'jobs that are due and wait for a free worker',
    scheduled: 'jobs that wait for their time and have not failed',
    retrying: 'jobs that have failed and wait for their next attempt',
    running: 'jobs whose code runs',
    dead: 'jobs that have used up their attempts or were killed',
    completed: 'jobs that are done, as long as they are kept',
  } satisfies Record<JobState, string>,
  words: urlWord,
  flags: {
    ...jobListFlags,
    'by-class': { type: 'boolean', help: 'counts jobs by class, up to --limit in all. Default then: 10000' },
  },
  exits: '0 done, 1 not all queues were found, or no connection',
  async run({ values, words, output }) {
    refuseEmpty(values);
    const [word] = words;
    const state = jobStates.find((known) => known === word);
    const rest = state === undefined ? words : words.slice(1);
    const command = state === undefined ? 'jobs' : `jobs ${state}`;
    const url = storeUrl(rest, {
      command,
      output,
      ...(state === undefined && { actions: jobStates, kind: 'state' }),
    });
    if (values['by-class'] && (values.cursor !== undefined || values.utc))
      throw new UsageError('--cursor and --utc have no effect with --by-class. Remove them.');
    const query = {
      states: state === undefined ? unfinished : [state],
      filter: filterOf(values),
      limit: readLimit(values.limit, values['by-class'] ? 10_000 : 50),
      cursor: values.cursor,
    };
    const none = state === undefined ? 'No unfinished jobs found.' : `No ${state} jobs found.`;
    if (values['by-class']) return countJobs(query, { url, output, none });
    return listJobs(query, { url, output, utc: values.utc, none });
  },
});
