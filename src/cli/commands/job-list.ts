import type { JobRecord } from '../../jobs/index.js';
import { withInventory, type StoreTarget } from '../../jobs/internals.js';
import { exit, type ExitCode, type Output } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { listOf } from '../shell/list.js';
import { pageOfJobs, type JobListQuery } from './job-pages.js';
import { jobTable } from './tables/job-table.js';

/** How to print a list of jobs. */
interface Printed {
  readonly url: StoreTarget;
  readonly output: Output;
  readonly utc: boolean | undefined;
  /** The sentence for an empty list. */
  readonly none: string;
}

/** Prints one page of jobs. */
export async function listJobs(query: JobListQuery, { url, output, utc, none }: Printed): Promise<ExitCode> {
  const { jobs, next, complete } = await withInventory(
    url,
    output.env,
    async ({ search, pausing, complete }) => {
      const { jobs, next } = await pageOfJobs(search, query);
      return { jobs: await pausing.mark(jobs), next, complete };
    },
    query.filter.queue,
  );
  output.show(
    listOf(
      jobs.map((job) => shownJob(job, false)),
      next,
    ),
    () => {
      if (jobs.length === 0) return none;
      const more = `There are more jobs. Raise --limit, filter with --queue, --job or --error, or continue with --cursor ${next}`;
      return [
        ...jobTable(jobs, { now: output.now, utc }, output.width),
        ...(next === null ? [] : ['', more]),
      ];
    },
  );
  requireComplete(complete);
  return exit.ok;
}

/** Removes payload and result unless the operator asks for them, because they may contain personal data. */
export function shownJob(record: JobRecord, withPayload: boolean): JobRecord {
  if (withPayload) return record;
  const { payload: _, result: __, ...rest } = record;
  return rest;
}
