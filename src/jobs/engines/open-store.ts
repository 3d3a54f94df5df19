import { Logger } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import type { JobEvents } from '../events/events.js';
import { systemClock } from './memory/queue/clock.js';
import { MemoryStore } from './memory/memory-store.js';
import { reportAtExit } from './memory/unclosed-stores.js';
import { isUnset, locateStore } from '../config/locate-store.js';
import type { ResolvedJobsOptions } from '../config/resolved-options.js';
import type { Retention } from '../config/retention.js';
import type { Store } from '../store/store.js';

/**
 * Opens the store that the code, JOBS_URL or the settings file names. BullMQ and ioredis are loaded only for Redis.
 *
 * @param runsJobs whether this process runs the jobs that it keeps in memory. A worker process refuses to.
 * @throws FledgeError `FLEDGE_MEMORY_IN_PRODUCTION`, `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`,
 * `FLEDGE_PEER_MISSING`, and for the settings file `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`
 */
export async function openStore(
  options: ResolvedJobsOptions,
  events: JobEvents,
  runsJobs = true,
): Promise<Store> {
  const located = await locateStore(options);
  const { url, retention } = located;
  if (url === 'memory:' || isUnset(located)) return openMemory(url, retention, events, runsJobs);
  const { BullStore } = await import('./bull/bull-store.js');
  return BullStore.open(located, events);
}

function openMemory(
  url: string | undefined,
  retention: Retention,
  events: JobEvents,
  runsJobs: boolean,
): Store {
  const why = url === undefined ? 'JOBS_URL is not set' : 'the url is memory:';
  if (process.env.NODE_ENV === 'production') {
    throw new FledgeError(
      'FLEDGE_MEMORY_IN_PRODUCTION',
      `Jobs cannot be kept in memory in production, because they are lost when the process ends: ${why} and NODE_ENV is production. Set JOBS_URL=redis://….`,
    );
  }
  if (runsJobs)
    new Logger('Jobs').warn(
      `Jobs are kept in memory and run in this process: ${why}. They are lost when it exits. For a durable queue set JOBS_URL=redis://….`,
    );
  const store = new MemoryStore(retention, systemClock, Math.random, events);
  reportAtExit(store);
  return store;
}
