import { Logger, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FledgeError } from '../errors.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../options.js';
import { Store } from '../store.js';
import { within } from '../within.js';
import { JobsWorker } from './jobs-worker.js';
import { stopBudget } from './stop-budget.js';

type Root = Type | DynamicModule;
type NestOptions = NonNullable<Parameters<typeof NestFactory.createApplicationContext>[1]>;
/** Nest declares its options as a class, which is not meant to be spread; they are used as plain objects. */
type ContextOptions = { [Key in keyof NestOptions]: NestOptions[Key] };

/**
 * The whole of `main-worker.ts`: boots the application without its HTTP side, runs its jobs, and on SIGTERM or SIGINT
 * stops in order within `shutdownTimeout`. The process ends here: 0 after a clean stop, 1 when it could not start.
 *
 * @param options Nest's own, for instance `{ logger: new ConsoleLogger({ json: true }) }`
 * @example void runWorker(AppModule);
 */
export async function runWorker(module: Root, options: ContextOptions = {}): Promise<void> {
  const logger = new Logger('Jobs');
  let app: INestApplicationContext | undefined;
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.log(`${signal} received`);
    if (app) await close(app);
    process.exit(0);
  };
  // Before the boot: a container may be told to stop while it starts.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
  try {
    app = await NestFactory.createApplicationContext(module, { ...options, abortOnError: false });
    refuseMemory(app.get(Store, { strict: false }));
    await app.get(JobsWorker, { strict: false }).start();
  } catch (error) {
    if (stopping) return;
    logger.error(error instanceof FledgeError ? error.message : error instanceof Error ? error.stack : error);
    if (app) await close(app);
    process.exit(1);
  }
}

async function close(app: INestApplicationContext): Promise<void> {
  const { shutdownTimeout } = app.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  await app.get(JobsWorker, { strict: false }).stop();
  await within(stopBudget(shutdownTimeout).app, app.close());
}

function refuseMemory(store: Store): void {
  if (store.kind !== 'memory') return;
  throw new FledgeError(
    'FLEDGE_WORKER_NEEDS_REDIS',
    'A worker process cannot see jobs in the memory of the web process. Set JOBS_URL=redis://… for both, or run the web process alone: without JOBS_URL it works its own jobs.',
  );
}
