import { isUnset } from '../config/locate-store.js';
import type { StoreAddress } from '../config/resolved-options.js';
import type { JobEvents } from '../events/events.js';
import type { Producer } from '../store/store.js';
import { FledgeError } from '../values/errors.js';

/**
 * Refuses a process that would keep jobs in its own memory, where no worker runs them.
 * @throws FledgeError `FLEDGE_CLIENT_URL_MISSING`
 */
export function refuseMemory(address: Pick<StoreAddress, 'url' | 'topology'>): void {
  const isWithoutStore = isUnset(address);
  if (!isWithoutStore && address.url !== 'memory:') return;
  const why = isWithoutStore ? 'JOBS_URL is not set, and the client has no url' : 'the url is memory:';
  throw new FledgeError(
    'FLEDGE_CLIENT_URL_MISSING',
    `No job was enqueued: ${why}. A client does not run jobs, so it needs the Redis of the application and its workers. Set JOBS_URL=redis://… for all of them.`,
  );
}

/**
 * Opens a store on Redis only to enqueue and to cancel. It loads nothing of Nest. Its connection does not keep the process alive.
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`, `FLEDGE_PEER_MISSING`
 */
export async function openProducer(address: StoreAddress, events: JobEvents): Promise<Producer> {
  const { BullProducer } = await import('./bull/bull-producer.js');
  const producer = await BullProducer.open(address, events);
  producer.letProcessEnd();
  return producer;
}
