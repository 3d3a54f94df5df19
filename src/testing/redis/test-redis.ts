import type { TestingModuleBuilder } from '@nestjs/testing';
import { EventLog } from '../../jobs/observe/event-log.js';
import { JobEvents } from '../../jobs/events/events.js';
import { openStore } from '../../jobs/engines/open-store.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { Store } from '../../jobs/store/store.js';

/** A Redis for one test file, with a prefix that is nobody else's. */
export class TestRedis {
  private readonly stores = new Set<Store>();
  private stopping?: Promise<void>;

  constructor(
    /** What JOBS_URL would say, its `?prefix=` included: for processes that a test starts. */
    readonly url: string,
    private readonly end: () => Promise<void>,
  ) {}

  /**
   * Puts this server in the place of the store that an application's JobsModule names, be it by JOBS_URL, and changes
   * nothing else. A worker is not started: that is `startWorker`'s.
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
   * Ends the server, or removes the keys of this prefix from one that was given. Close the applications first; what they
   * have left of their connections to it is closed here.
   *
   * @throws FledgeError `FLEDGE_STORE_…` when a server that was given has gone
   */
  stop(): Promise<void> {
    return (this.stopping ??= this.leave());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async open(options: ResolvedJobsOptions, events: JobEvents): Promise<Store> {
    const { url } = this;
    // The server's own credentials are in its URL, and the application's are for another.
    const own = { ...options, url, password: undefined, topology: { kind: 'url' } } as const;
    const store = await openStore(own, events);
    // Nest goes on to make providers when one of them has failed, and somebody has stopped everything since.
    if (this.stopping) await store.close();
    else this.stores.add(store);
    return store;
  }

  private async leave(): Promise<void> {
    // An application whose boot has failed cannot close its own.
    await Promise.all([...this.stores].map((store) => store.close()));
    await this.end();
  }
}
