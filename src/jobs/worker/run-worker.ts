import { Logger, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { asError, FledgeError } from '../errors.js';
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
  const end = async (code: number): Promise<never> => {
    try {
      if (app) await close(app);
    } catch (error) {
      // A shutdown hook of the application's threw; the process ends all the same.
      logger.error(`Closing the application failed: ${asError(error).stack}`);
    }
    process.exit(code);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.log(`${signal} received`);
    await end(0);
  };
  // Before the boot: a container may be told to stop while it starts.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, (received) => void stop(received));
  try {
    app = await NestFactory.createApplicationContext(module, { ...options, abortOnError: false });
    refuseMemory(requireStore(app));
    await app.get(JobsWorker, { strict: false }).start();
  } catch (error) {
    if (stopping) return;
    stopping = true;
    logger.error(error instanceof FledgeError ? error.message : asError(error).stack);
    await end(1);
  }
}

async function close(app: INestApplicationContext): Promise<void> {
  const options = find<ResolvedJobsOptions>(app, JOBS_OPTIONS);
  await find<JobsWorker>(app, JobsWorker)?.stop();
  const deadline = stopBudget(options?.shutdownTimeout ?? 5_000).app;
  let failure: unknown;
  // Also when the deadline has passed, its rejection is nobody's but ours.
  await within(
    deadline,
    app.close().catch((error: unknown) => (failure = error)),
  );
  if (failure !== undefined) throw failure;
}

function find<T>(
  app: INestApplicationContext,
  token: Parameters<INestApplicationContext['get']>[0],
): T | undefined {
  try {
    return app.get<T>(token, { strict: false });
  } catch {
    return undefined;
  }
}

function requireStore(app: INestApplicationContext): Store {
  const store = find<Store>(app, Store);
  if (store) return store;
  throw new FledgeError(
    'FLEDGE_MODULE_MISSING',
    'The module given to runWorker does not import JobsModule, so there is nothing to work. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
  );
}

function refuseMemory(store: Store): void {
  if (store.kind !== 'memory') return;
  throw new FledgeError(
    'FLEDGE_WORKER_NEEDS_REDIS',
    'A worker process cannot see jobs in the memory of the web process. Set JOBS_URL=redis://… for both, or run the web process alone: without JOBS_URL it works its own jobs.',
  );
}
