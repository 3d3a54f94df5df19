import { Logger, type Provider } from '@nestjs/common';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './config/resolved-options.js';
import { MiddlewareChain } from './discovery/middleware-chain.js';
import { JobRegistry } from './discovery/registry.js';
import { BulkEnqueuer } from './enqueue/bulk-enqueuer.js';
import { Enqueuer } from './enqueue/enqueuer.js';
import { JobEvents } from './events/events.js';
import { Canceller } from './inspect/canceller.js';
import { JobEdits } from './inspect/job-edits.js';
import { JobSearch } from './inspect/job-search.js';
import { Pausing } from './inspect/pausing.js';
import { Store } from './store/store.js';

/** Provides the classes that know nothing of Nest. A process without Nest creates them itself. */
export const plainProviders: readonly Provider[] = [
  {
    provide: JobEvents,
    useFactory: () => {
      const logger = new Logger('Jobs');
      return new JobEvents((message, stack) => logger.error(message, stack));
    },
  },
  {
    provide: Enqueuer,
    inject: [JOBS_OPTIONS, JobRegistry, MiddlewareChain, Store, JobEvents],
    useFactory: (
      { payloadLimit }: ResolvedJobsOptions,
      registry: JobRegistry,
      middleware: MiddlewareChain,
      store: Store,
      events: JobEvents,
    ) =>
      new Enqueuer({
        payloadLimit,
        requireQueue: (queue, who) => registry.requireQueue(queue, who),
        aroundEnqueue: () => middleware.aroundEnqueue(),
        store,
        events,
      }),
  },
  {
    provide: BulkEnqueuer,
    inject: [Enqueuer, JobEvents],
    useFactory: (enqueuer: Enqueuer, events: JobEvents) => new BulkEnqueuer(enqueuer, events),
  },
  {
    provide: JobSearch,
    inject: [JOBS_OPTIONS, JobRegistry, Store],
    useFactory: ({ queues }: ResolvedJobsOptions, registry: JobRegistry, store: Store) =>
      new JobSearch(store, {
        queues: [...queues.keys()],
        namesOf: (job) => (typeof job === 'string' ? [job] : registry.namesOf(job)),
        isOfClass: (name) => registry.find(name) !== undefined,
      }),
  },
  {
    provide: JobEdits,
    inject: [Store, JobSearch],
    useFactory: ({ inventory }: Store, search: JobSearch) => new JobEdits(inventory, search),
  },
  {
    provide: Pausing,
    inject: [Store, JobEvents, JobSearch, JobRegistry],
    useFactory: (store: Store, events: JobEvents, search: JobSearch, registry: JobRegistry) =>
      new Pausing(store, events, {
        search,
        names: () => registry.names(),
        isOfClass: (name) => registry.find(name) !== undefined,
      }),
  },
  {
    provide: Canceller,
    inject: [JobSearch, Store, JobEvents],
    useFactory: (search: JobSearch, store: Store, events: JobEvents) => new Canceller(search, store, events),
  },
];
