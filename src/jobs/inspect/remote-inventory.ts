import { Canceller } from './canceller.js';
import type { RunningJob } from '../store/attempt.js';
import type { Inventory, KnownQueues } from '../store/inventory.js';
import { JobEdits } from './job-edits.js';
import { JobSearch } from './job-search.js';
import { Pausing } from './pausing.js';
import { withStore, type StoreTarget } from './remote-store.js';
import type { QueueStats } from '../store/store.js';

/** Finds, edits, cancels and pauses the jobs of a store. */
export interface RemoteInventory {
  readonly search: JobSearch;
  readonly edits: JobEdits;
  readonly canceller: Canceller;
  readonly pausing: Pausing;
  /**
   * Counts the jobs of one queue, or of all queues.
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`
   */
  readonly stats: (queue?: string) => Promise<QueueStats[]>;
  /** Returns what the worker of a running job last reported about it, if a worker runs it. */
  readonly running: (id: string) => Promise<RunningJob | undefined>;
  /** False if the server has so many other keys that the search for queues took more than two seconds. */
  readonly complete: boolean;
}

/**
 * Opens a store's jobs without the application, as the command line does. It covers all queues below the prefix. Jobs are known
 * by the names under which they are stored.
 *
 * @param target the URL, or the section of the settings file
 * @param env contains JOBS_PASSWORD
 * @param queue the only queue to open, if it exists
 * @throws FledgeError `FLEDGE_STORE_…` (`FLEDGE_STORE_URL_INVALID` also for `memory:`), and what `use` throws
 */
export async function withInventory<Result>(
  target: StoreTarget,
  env: NodeJS.ProcessEnv,
  use: (inventory: RemoteInventory) => Promise<Result>,
  queue?: string,
): Promise<Result> {
  return withStore(target, env, async (store, events) => {
    const { inventory } = store;
    const { names: queues, complete } = await queuesOf(inventory, queue);
    const namesOf = (job: unknown): string[] => [String(job)];
    // Without the application, no class is known.
    const isOfClass = (): boolean => false;
    const search = new JobSearch(store, { queues, namesOf, isOfClass });
    const canceller = new Canceller(search, store, events);
    const pausing = new Pausing(store, events, { search, names: () => [], isOfClass });
    const stats = async (queue?: string): Promise<QueueStats[]> => store.stats(search.queues(queue));
    const running = async (id: string): Promise<RunningJob | undefined> =>
      (await store.fleet.members()).flatMap((member) => member.running).find((job) => job.id === id);
    const edits = new JobEdits(inventory, search);
    return use({ search, edits, canceller, pausing, stats, running, complete });
  });
}

/** Returns all queues if this one does not exist, so that an error message can suggest the right name. */
async function queuesOf(inventory: Inventory, queue: string | undefined): Promise<KnownQueues> {
  const isThere = queue !== undefined && (await inventory.hasQueue(queue));
  return isThere ? { names: [queue], complete: true } : inventory.queues();
}
