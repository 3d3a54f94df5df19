import type { DynamicModule, Type } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { FledgeError } from '../../jobs/values/errors.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { EmbeddedWorker } from '../../jobs/worker/lifecycle/embedded-worker.js';
import { JobsWorker } from '../../jobs/worker/lifecycle/jobs-worker.js';
import { resolveSettings, type WorkerSettings } from '../../jobs/worker/settings/settings.js';
import type { TestRedis } from './test-redis.js';
import { TestWorker } from './test-worker.js';

/** What `startWorker` takes. */
export interface StartWorkerOptions {
  /** Where its jobs are. @default the store that the application's JobsModule names */
  readonly redis?: TestRedis;
  /** Overrides providers of the application before it boots. @default it boots as it is */
  readonly builder?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** The queues that it serves. @default all that JobsModule declares */
  readonly queues?: readonly string[];
}

/** A test does not wait as long as a deploy does; milliseconds, for the whole stop. */
const longestStop = 2_000;

/**
 * Boots the application without its HTTP side and runs its jobs in this process, as `runWorker` does in its own, but for what
 * is a process's: no signal is caught, nothing exits, the environment's and config/jobs.yml's settings are not read, and no
 * health server listens. It is up, and fetches, when this resolves.
 *
 * @throws FledgeError `FLEDGE_MODULE_MISSING`, `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_REDIS_VERSION`, and whatever the boot throws
 * @example
 * const worker = await startWorker(AppModule, { redis });
 * await worker.get(JobsService).enqueue(ImportCsvJob, { importId });
 * await worker.idle();
 */
export async function startWorker(
  module: Type | DynamicModule,
  { redis, builder = (same) => same, queues }: StartWorkerOptions = {},
): Promise<TestWorker> {
  // In memory the application would start its own, with settings of its own.
  const own = Test.createTestingModule({ imports: [module] })
    .overrideProvider(EmbeddedWorker)
    .useValue({});
  const app = await builder(redis ? redis.connect(own) : own).compile();
  try {
    requireJobs(app);
    await app.init();
    const settings = settingsOf(app, queues);
    await app.get(JobsWorker, { strict: false }).start(settings);
    return new TestWorker(
      app,
      settings.queues.map(({ name }) => name),
    );
  } catch (error) {
    await app.close();
    throw error;
  }
}

function settingsOf(app: TestingModule, queues: readonly string[] | undefined): WorkerSettings {
  const options = app.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  const chosen = queues && { queues: { value: queues, from: 'startWorker’s queues' } };
  const settings = resolveSettings(options, { values: chosen ? [chosen] : [], suspicions: [] });
  return { ...settings, shutdownTimeout: Math.min(settings.shutdownTimeout, longestStop) };
}

function requireJobs(app: TestingModule): void {
  try {
    app.get(JobsWorker, { strict: false });
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_MODULE_MISSING',
      'The module given to startWorker does not import JobsModule, so there is nothing to work. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
      { cause },
    );
  }
}
