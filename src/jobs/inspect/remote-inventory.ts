import { Canceller } from './canceller.js';
import type { Inventory, KnownQueues } from '../store/inventory.js';
import { JobEdits } from './job-edits.js';
import { JobSearch } from './job-search.js';
import { withStore } from './remote-store.js';

/** The jobs of a store, and what can be done with them. */
export interface RemoteInventory {
  readonly search: JobSearch;
  readonly edits: JobEdits;
  readonly canceller: Canceller;
  /** False where the server has so many other keys that not all queues were found within two seconds. */
  readonly complete: boolean;
}

/**
 * Looks at a store's jobs from outside of an application, as the command line does: over all queues below the prefix, and
 * with jobs known by the names that they are stored under.
 *
 * @param url as in JOBS_URL
 * @param env where JOBS_PASSWORD is read
 * @param queue looks at this one alone, if it is there
 * @throws FledgeError `FLEDGE_STORE_…` (`FLEDGE_STORE_URL_INVALID` also for `memory:`), and whatever `use` throws
 */
export async function withInventory<Result>(
  url: string,
  env: NodeJS.ProcessEnv,
  use: (inventory: RemoteInventory) => Promise<Result>,
  queue?: string,
): Promise<Result> {
  return withStore(url, env, async (store, events) => {
    const { inventory } = store;
    const { names: queues, complete } = await queuesOf(inventory, queue);
    const namesOf = (job: unknown): string[] => [String(job)];
    const search = new JobSearch(inventory, { queues, namesOf });
    const canceller = new Canceller(search, store, events);
    return use({ search, edits: new JobEdits(inventory, search), canceller, complete });
  });
}

/** One that is not there is looked for among all, so that its name can be corrected. */
async function queuesOf(inventory: Inventory, queue: string | undefined): Promise<KnownQueues> {
  const isThere = queue !== undefined && (await inventory.hasQueue(queue));
  return isThere ? { names: [queue], complete: true } : inventory.queues();
}
