import type { DynamicModule, Type } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { refuseUnknownOptions } from '../../jobs/values/did-you-mean.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../../jobs/config/resolved-options.js';
import { EmbeddedWorker } from '../../jobs/worker/lifecycle/embedded-worker.js';
import { JobsWorker } from '../../jobs/worker/lifecycle/jobs-worker.js';
import { resolveSettings, type WorkerSettings } from '../../jobs/worker/settings/settings.js';
import type { TestRedis } from './test-redis.js';
import { TestWorker } from './test-worker.js';

/** The options of `startWorker`. */
export interface StartWorkerOptions {
  /** The Redis that stores its jobs. @default the store of the application's JobsModule */
  readonly redis?: TestRedis;
  /** Overrides providers of the application before it boots. @default overrides nothing */
  readonly builder?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** The queues that it serves. @default all that JobsModule declares */
  readonly queues?: readonly string[];
}

const optionNames = { redis: true, builder: true, queues: true } satisfies Record<
  keyof StartWorkerOptions,
  true
>;

/** The most time for the whole stop, in milliseconds. A test should not wait as long as a deploy. */
const longestStop = 2_000;

/**
 * Boots the application without HTTP, and runs its jobs in this process. Unlike `runWorker`, it catches no signals, never ends the
 * process and starts no health server. It doesn't read settings from the environment or config/jobs.yml. The worker is running when
 * this resolves.
 *
 * @throws FledgeError `FLEDGE_MODULE_MISSING`, `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_REDIS_VERSION`, and any error of the boot
 * @example
 * const worker = await startWorker(AppModule, { redis });
 * await worker.get(JobsService).enqueue(ImportCsvJob, { importId });
 * await worker.idle();
 */
export async function startWorker(
  module: Type | DynamicModule,
  options: StartWorkerOptions = {},
): Promise<TestWorker> {
  refuseUnknownOptions(options, optionNames, 'startWorker');
  const { redis, builder = (same) => same, queues } = options;
  // With a store in memory, the application would start its own worker with other settings.
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
  const chosen = queues && { queues: { value: queues, from: 'the queues of startWorker' } };
  const settings = resolveSettings(options, { values: chosen ? [chosen] : [], suspicions: [] });
  return { ...settings, shutdownTimeout: Math.min(settings.shutdownTimeout, longestStop) };
}

function requireJobs(app: TestingModule): void {
  try {
    app.get(JobsWorker, { strict: false });
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_MODULE_MISSING',
      'The module passed to startWorker does not import JobsModule, so it has no queues to serve. Add JobsModule.forRoot({ … }) to the imports of the application’s root module.',
      { cause },
    );
  }
}
