import { FledgeError } from './errors.js';
import { JobEvents } from './events.js';
import { JobEdits } from './job-edits.js';
import { JobSearch } from './job-search.js';
import { openStore } from './open-store.js';
import { resolveOptions } from './options.js';

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
  if (url === 'memory:') {
    throw new FledgeError(
      'FLEDGE_STORE_URL_INVALID',
      'Jobs that are kept in memory are seen by their own process alone: use JobsInspector there. Give the URL of a Redis: redis://host:6379.',
    );
  }
  const store = await openStore(resolveOptions({ url }, env), new JobEvents());
  try {
    const { inventory } = store;
    const queues = await inventory.queues();
    const namesOf = (job: unknown): string[] => [String(job)];
    const search = new JobSearch(inventory, { queues, namesOf });
    return await use({ search, edits: new JobEdits(inventory, search) });
  } finally {
    await store.close();
  }
}
