import { FledgeError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { openStore } from '../engines/open-store.js';
import { withSection } from '../config/locate-store.js';
import type { SectionStore } from '../config/redis-section.js';
import { resolveOptions, type ResolvedJobsOptions } from '../config/resolved-options.js';
import type { Store } from '../store/store.js';

/** The store that a command works on. */
export interface StoreTarget {
  /** What names it, for messages: `JOBS_URL in .env`. */
  readonly from: string;
  /** The URL in the form of JOBS_URL, or the `redis:` section of the settings file. */
  readonly store: string | SectionStore;
}

/**
 * Opens a store without the application, as the command line does.
 *
 * @param target the URL, or the section of the settings file
 * @param env contains JOBS_PASSWORD and JOBS_PREFIX
 * @throws FledgeError `FLEDGE_STORE_…` (`FLEDGE_STORE_URL_INVALID` also for `memory:`), and what `use` throws
 */
export async function withStore<Result>(
  target: StoreTarget,
  env: NodeJS.ProcessEnv,
  use: (store: Store, events: JobEvents) => Promise<Result>,
): Promise<Result> {
  const options = addressOf(target, env);
  if (options.url === 'memory:') {
    throw new FledgeError(
      'FLEDGE_STORE_URL_INVALID',
      'Jobs that are kept in memory can only be read in their own process. Use JobsInspector there, or pass the URL of a Redis server: redis://host:6379.',
    );
  }
  const events = new JobEvents();
  const store = await openStore(options, events);
  try {
    return await use(store, events);
  } finally {
    await store.close();
  }
}

/** Returns where the store of a command is. */
export function addressOf({ from, store }: StoreTarget, env: NodeJS.ProcessEnv): ResolvedJobsOptions {
  const origin = { from, isCommand: true };
  if (typeof store === 'string') return { ...resolveOptions({ url: store }, env), origin };
  const { JOBS_URL: _, ...others } = env;
  return withSection({ ...resolveOptions({}, others), origin }, store, from);
}
