import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FledgeError } from '../values/errors.js';
import { EventLog, type LogSink } from '../observe/event-log.js';
import { JobEvents } from '../events/events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { QueueWatch } from '../fleet/queue-watch.js';
import { Store } from '../store/store.js';
import { within } from '../values/deadline.js';
import { JobsWorker } from './lifecycle/jobs-worker.js';

type NestOptions = NonNullable<Parameters<typeof NestFactory.createApplicationContext>[1]>;
/** Nest declares its options as a class, which is not meant to be spread; they are used as plain objects. */
export type ContextOptions = { [Key in keyof NestOptions]: NestOptions[Key] };

/** The application in a worker process, without its HTTP side, and what the process needs of it. */
export class WorkerApplication {
  /** @throws FledgeError `FLEDGE_MODULE_MISSING`, `FLEDGE_WORKER_NEEDS_REDIS`, and whatever the boot throws */
  static async create(module: Type | DynamicModule, options: ContextOptions): Promise<WorkerApplication> {
    const context = await NestFactory.createApplicationContext(module, { ...options, abortOnError: false });
    return new WorkerApplication(context, requireStore(context));
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

  logTo(sink: LogSink): void {
    this.context.get(EventLog, { strict: false }).sink = sink;
  }

  /**
   * Waits no longer than this (milliseconds).
   * @returns whether it ended in time
   * @throws what a shutdown hook of the application's threw meanwhile
   */
  async close(deadline: number): Promise<boolean> {
    let failure: unknown;
    // Also when the deadline has passed, its rejection is nobody's but ours.
    const inTime = await within(
      deadline,
      this.context.close().catch((error: unknown) => (failure = error)),
    );
    if (failure !== undefined) throw failure;
    return inTime;
  }
}

function requireStore(context: INestApplicationContext): Store {
  const store = findStore(context);
  if (store?.kind === 'redis') return store;
  if (store)
    throw new FledgeError(
      'FLEDGE_WORKER_NEEDS_REDIS',
      'A worker process cannot see jobs in the memory of the web process. Set JOBS_URL=redis://… for both, or run the web process alone: without JOBS_URL it works its own jobs.',
    );
  throw new FledgeError(
    'FLEDGE_MODULE_MISSING',
    'The module given to runWorker does not import JobsModule, so there is nothing to work. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
  );
}

function findStore(context: INestApplicationContext): Store | undefined {
  try {
    return context.get(Store, { strict: false });
  } catch {
    return undefined;
  }
}
