import type { TestingModuleBuilder } from '@nestjs/testing';
import { EventLog } from '../../jobs/observe/event-log.js';
import { JobEvents } from '../../jobs/events/events.js';
import { openStore } from '../../jobs/engines/open-store.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { Store } from '../../jobs/store/store.js';

/** A Redis for one test file, with its own prefix. */
export class TestRedis {
  private readonly stores = new Set<Store>();
  private stopping?: Promise<void>;

  constructor(
    /** The URL with its `?prefix=`. Pass it as JOBS_URL to the processes that a test starts. */
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  /**
   * Replaces the store of an application with this server, even if its store comes from JOBS_URL. Changes nothing else, and starts no
   * worker. To start one, use `startWorker`.
   *
   * @returns the same builder
   * @example
   * const module = await redis.connect(Test.createTestingModule({ imports: [AppModule] })).compile();
   * const web = module.createNestApplication();
   */
  connect(builder: TestingModuleBuilder): TestingModuleBuilder {
    return builder.overrideProvider(Store).useFactory({
      inject: [JOBS_OPTIONS, JobEvents, EventLog],
      factory: (options: ResolvedJobsOptions, events: JobEvents) => this.open(options, events),
    });
  }

  /**
   * Stops the server. If the server was running before, it deletes the keys of this prefix instead. Close the applications first.
   * This closes their remaining connections.
   *
   * @throws FledgeError `FLEDGE_STORE_…` if a server that was running before is no longer reachable
   */
  stop(): Promise<void> {
    return (this.stopping ??= this.shutDown());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async open(options: ResolvedJobsOptions, events: JobEvents): Promise<Store> {
    const { url } = this;
    // The credentials of this server are in its URL. Those of the application are for another server.
    const origin = { from: 'the Redis of the test' };
    const own = { ...options, origin, url, password: undefined, topology: { kind: 'url' } } as const;
    const store = await openStore(own, events);
    // If one provider fails, Nest still makes the others. The test may have called stop since.
    if (this.stopping) await store.close();
    else this.stores.add(store);
    return store;
  }

  private async shutDown(): Promise<void> {
    // An application that failed to boot can't close its store.
    await Promise.all([...this.stores].map((store) => store.close()));
    await this.end();
  }
}
