import { FledgeError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { openStore } from '../engines/open-store.js';
import { resolveOptions } from '../config/resolved-options.js';
import type { Store } from '../store/store.js';

/**
 * Opens a store without the application, as the command line does.
 *
 * @param url in the form of JOBS_URL
 * @param env contains JOBS_PASSWORD and JOBS_PREFIX
 * @throws FledgeError `FLEDGE_STORE_…` (`FLEDGE_STORE_URL_INVALID` also for `memory:`), and what `use` throws
 */
export async function withStore<Result>(
  url: string,
  env: NodeJS.ProcessEnv,
  use: (store: Store, events: JobEvents) => Promise<Result>,
): Promise<Result> {
  if (url === 'memory:') {
    throw new FledgeError(
      'FLEDGE_STORE_URL_INVALID',
      'Jobs that are kept in memory can only be read in their own process. Use JobsInspector there, or pass the URL of a Redis server: redis://host:6379.',
    );
  }
  const events = new JobEvents();
  const store = await openStore(resolveOptions({ url }, env), events);
  try {
    return await use(store, events);
  } finally {
    await store.close();
  }
}
