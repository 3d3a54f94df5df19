import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { bullQueueToken } from './engines/bull-queue-token.js';
import { BootChecks } from './observe/boot-checks.js';
import { Canceller } from './inspect/canceller.js';
import { DeclaredSchedules } from './schedules/declared-schedules.js';
import { EventLog } from './observe/event-log.js';
import { JobEvents } from './events/events.js';
import { Executor } from './perform/executor.js';
import { FailureHandlers } from './perform/failure-handlers.js';
import { JobSearch } from './inspect/job-search.js';
import { JobSender } from './enqueue/enqueuer.js';
import { JobsHealthIndicator } from './fleet/jobs-health-indicator.js';
import { JobsInspector } from './jobs-inspector.js';
import { JobsService } from './jobs.service.js';
import { MarkedProviders } from './discovery/decorated-providers.js';
import { MiddlewareChain } from './discovery/middleware-chain.js';
import { OutputLimits } from './perform/output-limits.js';
import { openStore } from './engines/open-store.js';
import type { JobsOptions } from './config/jobs-options.js';
import {
  defaultQueues,
  JOBS_OPTIONS,
  resolveOptions,
  type ResolvedJobsOptions,
} from './config/resolved-options.js';
import { Provided } from './discovery/injected.js';
import { QueueWatch } from './fleet/queue-watch.js';
import { JobRegistry } from './discovery/registry.js';
import { Scheduler } from './schedules/scheduler.js';
import { Store } from './store/store.js';
import { within } from './values/deadline.js';
import { EmbeddedWorker } from './worker/lifecycle/embedded-worker.js';
import { Heartbeat } from './fleet/heartbeat.js';
import { JobsWorker } from './worker/lifecycle/jobs-worker.js';
import { Companions } from './worker/lifecycle/companions.js';
import { IgnoredSignals } from './worker/lifecycle/ignored-signals.js';
import { LoopDelay } from './worker/lifecycle/loop-delay.js';
import { Trimmer } from './worker/lifecycle/trimmer.js';

/** Milliseconds that handlers under way are given at the end. */
const handlersMayTake = 1_000;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<JobsOptions>().setClassMethodName('forRoot').build();

/**
 * Background jobs for the whole application: import it once, in the root module, with `forRoot` or `forRootAsync`.
 * Whether a process works jobs is its entrypoint's decision (`runWorker`), not a setting.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: JOBS_OPTIONS,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: JobsOptions) => resolveOptions(options),
    },
    {
      provide: Store,
      // The log first: opening a store has something to say already.
      inject: [JOBS_OPTIONS, JobEvents, EventLog],
      useFactory: (options: ResolvedJobsOptions, events: JobEvents) => openStore(options, events),
    },
    JobEvents,
    EventLog,
    MarkedProviders,
    JobRegistry,
    Provided,
    MiddlewareChain,
    FailureHandlers,
    OutputLimits,
    Executor,
    JobSender,
    Canceller,
    JobsService,
    BootChecks,
    QueueWatch,
    {
      provide: JobSearch,
      inject: [JOBS_OPTIONS, JobRegistry, Store],
      useFactory: ({ queues }: ResolvedJobsOptions, registry: JobRegistry, { inventory }: Store) =>
        new JobSearch(inventory, {
          queues: [...queues.keys()],
          namesOf: (job) => (typeof job === 'string' ? [job] : registry.namesOf(job)),
        }),
    },
    JobsInspector,
    JobsHealthIndicator,
    Heartbeat,
    IgnoredSignals,
    LoopDelay,
    Trimmer,
    DeclaredSchedules,
    Scheduler,
    Companions,
    JobsWorker,
    EmbeddedWorker,
  ],
  exports: [
    JobsService,
    JobsInspector,
    JobsHealthIndicator,
    JobsWorker,
    JobEvents,
    MarkedProviders,
    Provided,
  ],
})
export class JobsModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    private readonly registry: JobRegistry,
    private readonly checks: BootChecks,
    private readonly middleware: MiddlewareChain,
    private readonly handlers: FailureHandlers,
    private readonly watch: QueueWatch,
    private readonly worker: JobsWorker,
    private readonly store: Store,
  ) {
    super();
  }

  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return withQueues(
      super.forRoot(options),
      options.injectQueues ?? Object.keys(options.queues ?? defaultQueues),
    );
  }

  /**
   * @param options as for every `forRootAsync` of Nest. `@InjectQueue` finds the queues that `injectQueues` names: what
   * the factory declares is not known yet when modules are put together.
   */
  static override forRootAsync(
    options: typeof ASYNC_OPTIONS_TYPE & {
      /** @default ['default', 'mailers'] */
      readonly injectQueues?: readonly string[];
    },
  ): DynamicModule {
    const { injectQueues = Object.keys(defaultQueues), ...rest } = options;
    return withQueues(super.forRootAsync(rest), injectQueues);
  }

  async onModuleInit(): Promise<void> {
    this.registry.load();
    this.checks.checkJobs();
    await this.middleware.check();
    await this.handlers.check();
  }

  onApplicationBootstrap(): void {
    // Not awaited: a web process boots while the store is down. Rejects when closed meanwhile.
    this.checks.checkStore().catch(() => undefined);
    this.store.bootstrapped();
    this.watch.start();
  }

  /** The safety net; `runWorker` has stopped the worker before it closes the application. */
  async onModuleDestroy(): Promise<void> {
    this.watch.stop();
    await this.worker.stop();
    await within(handlersMayTake, this.handlers.idle());
  }

  /** Last of all, so that whatever else shuts down can still enqueue. */
  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}

/** Adds what `@InjectQueue(name)` of @nestjs/bullmq asks for, so that an application's raw BullMQ code finds our queues. */
function withQueues(module: DynamicModule, queues: readonly string[]): DynamicModule {
  const tokens = queues.map(bullQueueToken);
  const providers = queues.map((name, i) => ({
    provide: tokens[i]!,
    inject: [Store],
    useFactory: (store: Store) => store.engineQueue(name),
  }));
  return {
    ...module,
    global: true,
    providers: [...(module.providers ?? []), ...providers],
    exports: [...(module.exports ?? []), ...tokens],
  };
}
