import { JobEdits } from './job-edits.js';
import { JobSearch } from './job-search.js';
import { withStore } from './remote-store.js';

/** The jobs of a store, and what can be done with them. */
export interface RemoteInventory {
  readonly search: JobSearch;
  readonly edits: JobEdits;
}

/**
 * Looks at a store's jobs from outside of an application, as the command line does: over all queues below the prefix, and
 * with jobs known by the names that they are stored under.
 *
 * @param url as in JOBS_URL
 * @param env where JOBS_PASSWORD is read
 * @throws FledgeError `FLEDGE_STORE_…` (`FLEDGE_STORE_URL_INVALID` also for `memory:`), and whatever `use` throws
 */
export async function withInventory<Result>(
  url: string,
  env: NodeJS.ProcessEnv,
  use: (inventory: RemoteInventory) => Promise<Result>,
): Promise<Result> {
  return withStore(url, env, async ({ inventory }) => {
    const queues = await inventory.queues();
    const namesOf = (job: unknown): string[] => [String(job)];
    const search = new JobSearch(inventory, { queues, namesOf });
    return use({ search, edits: new JobEdits(inventory, search) });
  });
}
