import {
  inventoryBounds,
  type JobPage,
  type JobRecord,
  type JobState,
  type PageRequest,
} from '../../../store/inventory.js';
import type { Ask } from '../connection/ask.js';
import { jobRecord } from './job-record.js';
import type { JobWalk } from './job-walk.js';

interface PageQuery extends Pick<PageRequest, 'limit' | 'matches'> {
  readonly queue: string;
  readonly state: JobState;
}

/** Reads the next page of jobs from a walk. The page has a cursor if the walk has not come to the end. */
export async function readPage(
  walk: JobWalk,
  { queue, state, limit, matches }: PageQuery,
  ask: Ask,
): Promise<JobPage> {
  const isFiltered = matches !== undefined || state === 'scheduled' || state === 'retrying';
  const found: JobRecord[] = [];
  for (let examined = 0; examined < inventoryBounds.page;) {
    const count = isFiltered ? inventoryBounds.slice : limit - found.length;
    const { place, jobs } = await ask(() => walk.slice(count));
    if (jobs.length === 0) return { jobs: found };
    for (const raw of jobs) {
      const job = jobRecord(queue, place, raw);
      const isWanted = job.state === state && (matches?.(job) ?? true);
      walk.pass(place, raw, isWanted);
      if (isWanted && found.push(job) === limit) return { jobs: found, cursor: walk.cursor };
    }
    examined += jobs.length;
  }
  return { jobs: found, cursor: walk.cursor };
}
