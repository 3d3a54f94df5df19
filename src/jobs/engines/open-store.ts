import { Logger } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import type { JobEvents } from '../events/events.js';
import { MemoryStore } from './memory/memory-store.js';
import type { ResolvedJobsOptions } from '../config/resolved-options.js';
import type { Retention } from '../config/retention.js';
import type { Store } from '../store/store.js';

/**
 * The store that the URL names. BullMQ and ioredis are loaded only for Redis: in memory nothing of them is needed.
 * @throws FledgeError `FLEDGE_MEMORY_IN_PRODUCTION`, `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`,
 * `FLEDGE_PEER_MISSING`
 */
export async function openStore(options: ResolvedJobsOptions, events: JobEvents): Promise<Store> {
  const { url, retention } = options;
  if (url === undefined || url === 'memory:') return openMemory(url, retention);
  const { BullStore } = await import('./bull/bull-store.js');
  return BullStore.open({ ...options, url }, events);
}

function openMemory(url: string | undefined, retention: Retention): Store {
  const why = url === undefined ? 'JOBS_URL is not set' : 'the url is memory:';
  if (process.env.NODE_ENV === 'production') {
    throw new FledgeError(
      'FLEDGE_MEMORY_IN_PRODUCTION',
      `Jobs would be kept in memory and lost with the process: ${why} and NODE_ENV is production. Set JOBS_URL=redis://….`,
    );
  }
  new Logger('Jobs').warn(
    `Jobs are kept in memory and run in this process: ${why}. They die with it; set JOBS_URL=redis://… for a real queue.`,
  );
  return new MemoryStore(retention);
}
