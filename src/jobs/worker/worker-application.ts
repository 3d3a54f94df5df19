import { Logger, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FledgeError } from '../values/errors.js';
import { EventLog } from '../observe/event-log.js';
import { JobEvents } from '../events/events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { QueueWatch } from '../fleet/queue-watch.js';
import { lockDuration, Store } from '../store/store.js';
import { humanDuration } from '../values/duration.js';
import { within } from '../values/deadline.js';
import { JobsWorker } from './lifecycle/jobs-worker.js';
import { LoopWatch } from './loop/loop-watch.js';
import { checkRunWorkerNames } from './run-worker-names.js';
import type { LogFormat } from './settings/setting-values.js';
import { becomeWorker, requireUnreadRole } from './role/worker-role.js';
import { explainMissingHttp } from './role/without-http.js';
import type { WorkerLogger } from './worker-logger.js';

type NestOptions = NonNullable<Parameters<typeof NestFactory.createApplicationContext>[1]>;
/** Nest declares its options as a class, which should not be spread. Here they are plain objects. */
export type ContextOptions = { [Key in keyof NestOptions]: NestOptions[Key] };

/** Prepares the application as `main.ts` does, for example with `app.useLogger(app.get(Logger))`. May be async. */
export type WorkerSetup = (app: INestApplicationContext) => unknown;

export type WorkerOptions = ContextOptions & { readonly setup?: WorkerSetup };

/** The application in a worker process, without its HTTP side, and the parts of it that the process needs. */
export class WorkerApplication {
  /**
   * @param logger the worker's default logger, if `options` has none
   * @throws FledgeError `FLEDGE_MODULE_MISSING`, `FLEDGE_OPTION_INVALID`, `FLEDGE_WORKER_NEEDS_REDIS`,
   * `FLEDGE_WORKER_ROLE_EARLY`, `FLEDGE_WORKER_WITHOUT_HTTP`, and any error of the boot
   */
  static async create(
    module: Type | DynamicModule,
    { setup, ...options }: WorkerOptions,
    logger: WorkerLogger | undefined,
  ): Promise<WorkerApplication> {
    checkRunWorkerNames(options);
    requireUnreadRole();
    becomeWorker();
    const context = await NestFactory.createApplicationContext(module, {
      ...options,
      ...(logger ? { logger } : {}),
      abortOnError: false,
    }).catch((error: unknown) => {
      throw explainMissingHttp(error);
    });
    const app = new WorkerApplication(context, requireStore(context));
    if (logger) context.get(EventLog, { strict: false }).writeTo(logger);
    await setup?.(context);
    // With `bufferLogs`, an application that sets no logger would never write its lines.
    Logger.flush();
    return app;
  }

  private constructor(
    readonly context: INestApplicationContext,
    readonly store: Store,
  ) {}

  get worker(): JobsWorker {
    return this.context.get(JobsWorker, { strict: false });
  }

  get events(): JobEvents {
    return this.context.get(JobEvents, { strict: false });
  }

  get watch(): QueueWatch {
    return this.context.get(QueueWatch, { strict: false });
  }

  get options(): ResolvedJobsOptions {
    return this.context.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  }

  /** @param format of the line that the watchdog itself writes */
  watchLoop(format: LogFormat): LoopWatch {
    const { events, worker, options } = this;
    return new LoopWatch({
      events,
      running: () => worker.jobs(),
      lockDuration,
      threshold: options.loopBlockThreshold,
      format,
    });
  }

  /**
   * Closes the application, but waits no longer than the deadline, in milliseconds.
   * @returns whether it was closed in time
   * @throws the error of a shutdown hook
   */
  async close(deadline: number): Promise<boolean> {
    let failure: unknown;
    // Caught here, because it may also reject after the deadline.
    const inTime = await within(
      deadline,
      this.context.close().catch((error: unknown) => (failure = error)),
    );
    if (failure !== undefined) throw failure;
    return inTime;
  }
}

export function slowCloseWarning(deadline: number): string {
  return `Closing the application took longer than the allowed ${humanDuration(deadline)}, so the process exits now. Look for a shutdown hook (onModuleDestroy, beforeApplicationShutdown, onApplicationShutdown) that waits, or raise --shutdown-timeout.`;
}

function requireStore(context: INestApplicationContext): Store {
  const store = findStore(context);
  if (store?.kind === 'redis') return store;
  if (store)
    throw new FledgeError(
      'FLEDGE_WORKER_NEEDS_REDIS',
      'A worker process cannot see jobs in the memory of the web process. Set JOBS_URL=redis://… for both. Or run only the web process: without JOBS_URL it runs its own jobs.',
    );
  throw new FledgeError(
    'FLEDGE_MODULE_MISSING',
    'The module passed to runWorker does not import JobsModule, so there are no jobs to run. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
  );
}

function findStore(context: INestApplicationContext): Store | undefined {
  try {
    return context.get(Store, { strict: false });
  } catch {
    return undefined;
  }
}
