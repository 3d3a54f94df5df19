import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { withQueues } from './engines/inject-queues.js';
import { cronAdoption, TakeOver } from './discovery/take-over.js';
import { RuntimeSchedules } from './schedules/runtime-schedules.js';
import { ScheduleRecords } from './schedules/schedule-records.js';
import { BootChecks } from './observe/boot-checks.js';
import { DeclaredSchedules } from './schedules/declared-schedules.js';
import { EventLog } from './observe/event-log.js';
import { JobEvents } from './events/events.js';
import { Executor } from './perform/executor.js';
import { FailureHandlers } from './perform/failure-handlers.js';
import { JobsHealthIndicator } from './fleet/jobs-health-indicator.js';
import { JobsInspector } from './jobs-inspector.js';
import { JobsService } from './jobs.service.js';
import { plainProviders } from './plain-providers.js';
import { BootEnd } from './discovery/boot-end.js';
import { MarkedProviders } from './discovery/decorated-providers.js';
import { MiddlewareChain } from './discovery/middleware-chain.js';
import { OutputLimits } from './perform/output-limits.js';
import { openStore } from './engines/open-store.js';
import { inWeb } from './worker/role/worker-role.js';
import type { JobsOptions } from './config/jobs-options.js';
import {
  defaultQueues,
  JOBS_OPTIONS,
  resolveOptions,
  type ResolvedJobsOptions,
} from './config/resolved-options.js';
import { Provided } from './discovery/injected.js';
import { QueueWatch } from './fleet/queue-watch.js';
import { refuseSecondModule, withoutForRoot } from './discovery/module-imports.js';
import { JobRegistry } from './discovery/registry.js';
import { ScheduleEdits } from './schedules/schedule-edits.js';
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

/** How long failure handlers may take to end when the application closes, in milliseconds. */
const handlersMayTake = 1_000;

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<JobsOptions>().setClassMethodName('forRoot').build();

/**
 * Background jobs for the whole application. Import it once, in the root module, with `forRoot` or `forRootAsync`. A process
 * runs jobs if its entrypoint calls `runWorker`. There is no setting for it.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: JOBS_OPTIONS,
      // Optional, because the error for a missing forRoot() should name the user's modules.
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }, ModulesContainer],
      useFactory: (options: JobsOptions | undefined, modules: ModulesContainer) => {
        if (options === undefined) throw withoutForRoot(modules, JobsModule);
        return resolveOptions(options);
      },
    },
    {
      provide: Store,
      // The log comes first, because opening the store already emits events.
      inject: [JOBS_OPTIONS, JobEvents, EventLog],
      useFactory: (options: ResolvedJobsOptions, events: JobEvents) => openStore(options, events, inWeb()),
    },
    ...plainProviders,
    EventLog,
    MarkedProviders,
    ...cronAdoption,
    TakeOver,
    JobRegistry,
    Provided,
    MiddlewareChain,
    FailureHandlers,
    OutputLimits,
    Executor,
    JobsService,
    BootChecks,
    QueueWatch,
    ScheduleEdits,
    JobsInspector,
    JobsHealthIndicator,
    Heartbeat,
    IgnoredSignals,
    LoopDelay,
    Trimmer,
    ScheduleRecords,
    RuntimeSchedules,
    DeclaredSchedules,
    Scheduler,
    Companions,
    JobsWorker,
    BootEnd,
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
    private readonly takeOver: TakeOver,
    private readonly watch: QueueWatch,
    private readonly worker: JobsWorker,
    private readonly store: Store,
    private readonly modules: ModulesContainer,
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
   * @param options as for every `forRootAsync` in Nest. `@InjectQueue` finds only the queues in `injectQueues`, because
   * Nest needs their names before the factory has declared them
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
    refuseSecondModule(this.modules, JobsModule);
    this.registry.load();
    this.checks.checkJobs();
    this.takeOver.run();
    await this.middleware.check();
    await this.handlers.check();
  }

  onApplicationBootstrap(): void {
    this.takeOver.run();
    this.takeOver.verify();
    // Not awaited, because a web process boots even while the store is down. Rejects if the application closes first.
    this.checks.checkStore().catch(() => undefined);
    this.store.bootstrapped();
    this.watch.start();
  }

  /** A safety net. `runWorker` stops the worker before it closes the application. */
  async onModuleDestroy(): Promise<void> {
    this.watch.stop();
    await this.worker.stop();
    await within(handlersMayTake, this.handlers.idle());
  }

  /** The store closes last, so that other shutdown hooks can still enqueue. */
  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
