import { locateStore } from '../jobs/config/locate-store.js';
import type { StoreAddress } from '../jobs/config/resolved-options.js';
import { openProducer, refuseMemory } from '../jobs/engines/open-producer.js';
import type { JobEvents } from '../jobs/events/events.js';
import type { Producer } from '../jobs/store/store.js';

/** The store of a client. It is opened at the first call. */
export class ClientStore {
  private locating?: Promise<StoreAddress>;
  private opening?: Promise<Producer>;

  constructor(
    private readonly address: StoreAddress,
    private readonly events: JobEvents,
  ) {}

  /** @throws FledgeError `FLEDGE_CLIENT_URL_MISSING`, and for the settings file `FLEDGE_CONFIG_FILE`, `FLEDGE_SETTING_…` */
  locate(): Promise<StoreAddress> {
    return (this.locating ??= locateStore(this.address).then((address) => {
      refuseMemory(address);
      return address;
    }));
  }

  /** @throws FledgeError as `locate` and `openProducer` */
  open(): Promise<Producer> {
    return (this.opening ??= this.locate().then((address) => openProducer(address, this.events)));
  }

  async close(): Promise<void> {
    // The call whose opening failed has rejected.
    const producer = await this.opening?.catch(() => undefined);
    await producer?.close();
  }
}
