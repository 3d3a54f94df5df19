import { Controller, Get, Injectable, NotFoundException, Param } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  BulkEnqueueError,
  Job,
  JobsInspector,
  JobsModule,
  type EnqueueCall,
  type EnqueueMiddleware,
  type JobCall,
  type JobContext,
  type JobMiddleware,
  type JobReceipt,
  type JobsOptions,
} from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';

const requestIds: (string | undefined)[] = [];

@Injectable()
class Files {
  async rows(fileId: string): Promise<string[]> {
    return [`${fileId}, row 1`, `${fileId}, row 2`];
  }

  async import(_row: string): Promise<void> {}
}

/** The id of the request that is being served. */
@Injectable()
class Requests {
  private readonly storage = new AsyncLocalStorage<string | undefined>();

  get id(): string | undefined {
    return this.storage.getStore();
  }

  run<T>(id: string | undefined, call: () => T): T {
    return this.storage.run(id, call);
  }
}

// #region class
@Job({ queue: 'imports' })
export class ImportFileJob {
  constructor(private readonly files: Files) {}

  async perform({ fileId }: { fileId: string }, { signal, progress, logger }: JobContext) {
    const rows = await this.files.rows(fileId);
    for (const [i, row] of rows.entries()) {
      signal.throwIfAborted();
      await this.files.import(row);
      await progress({ done: i + 1, of: rows.length });
    }
    logger.log(`${rows.length} rows imported`);
    return { rows: rows.length };
  }
}
// #endregion

@Job()
class RequestIdJob {
  constructor(private readonly requests: Requests) {}

  async perform(): Promise<void> {
    requestIds.push(this.requests.id);
  }
}

// #region middleware
/** Stores the id of the request with each job that it enqueues. */
@Injectable()
export class StoreRequestId implements EnqueueMiddleware {
  constructor(private readonly requests: Requests) {}

  async handle(call: EnqueueCall, next: () => Promise<JobReceipt | void>) {
    if (this.requests.id) call.meta.requestId = this.requests.id;
    return next();
  }
}

/** Makes it the current id again while the job runs. */
@Injectable()
export class RestoreRequestId implements JobMiddleware {
  constructor(private readonly requests: Requests) {}

  async handle({ context }: JobCall, next: () => Promise<unknown>) {
    return this.requests.run(context.meta.requestId, next);
  }
}
// #endregion

// #region watch
@Controller('imports')
export class ImportsController {
  constructor(private readonly inspector: JobsInspector) {}

  @Get(':id')
  async show(@Param('id') id: string) {
    const job = await this.inspector.find(id);
    if (!job || job.name !== 'ImportFileJob') throw new NotFoundException();
    return { state: job.state, progress: job.progress, result: job.result };
  }
}
// #endregion

export function basicsGuide(kind: string, url: () => string): void {
  const start = async (options: JobsOptions = {}) => {
    requestIds.length = 0;
    const queues = { default: {}, mailers: {}, imports: {} };
    const app = await jobsApp({ url: url(), queues, ...options }, [
      Files,
      Requests,
      ImportFileJob,
      RequestIdJob,
      StoreRequestId,
      RestoreRequestId,
      ImportsController,
    ]);
    await app.worker.start();
    return app;
  };

  describe(`docs/jobs.md, the basics, on ${kind}`, () => {
    it('a job, its receipt, progress and result', async () => {
      const { jobs, event, app } = await start();
      // #region enqueue
      const receipt = await jobs.enqueue(ImportFileJob, { fileId: 'f1' }, { delay: '1s' });
      // { id: '0199…', name: 'ImportFileJob', queue: 'imports', status: 'enqueued' }
      // #endregion
      expect(receipt).toMatchObject({ name: 'ImportFileJob', queue: 'imports', status: 'enqueued' });
      await event('finished');
      expect(await app.get(ImportsController).show(receipt.id)).toEqual({
        state: 'completed',
        progress: { done: 2, of: 2 },
        result: { rows: 2 },
      });
      await expect(app.get(ImportsController).show('unknown')).rejects.toThrow(NotFoundException);
    });

    it('a job after a transaction', async () => {
      const { jobs, event } = await start();
      const db = { transaction: async <T>(work: (tx: object) => Promise<T>): Promise<T> => work({}) };
      const files = { create: async (_tx: object, name: string) => ({ id: `id of ${name}` }) };
      const name = 'a.csv';
      // #region after-commit
      const file = await db.transaction((tx) => files.create(tx, name));
      await jobs.enqueue(ImportFileJob, { fileId: file.id });
      // #endregion
      expect((await event('finished')).outcome).toEqual({ kind: 'completed', result: { rows: 2 } });
    });

    it('many jobs', async () => {
      const { jobs, events } = await start();
      const fileIds = Array.from({ length: 1_200 }, (_, i) => `f${i}`);
      const report = (_message: string): void => {};
      // #region enqueue-all
      const payloads = fileIds.map((fileId) => ({ fileId }));
      await jobs.enqueueAll(ImportFileJob, payloads, { priority: 10 });
      await jobs.enqueueAll(ImportFileJob, payloads, (_, index) => ({ delay: index * 100 }));
      // #endregion
      expect(events.filter(({ type }) => type === 'bulk-enqueued').length).toBeGreaterThan(0);

      const wrong = [{ fileId: 'f1' }, { fileId: new Date() as unknown as string }, { fileId: 'f3' }];
      const later = { delay: '1h' } as const;
      const failed: number[] = [];
      const incomplete = async (): Promise<void> => {
        // #region bulk-error
        try {
          await jobs.enqueueAll(ImportFileJob, wrong, later);
        } catch (error) {
          if (!(error instanceof BulkEnqueueError)) throw error;
          for (const [index, { status, error: reason }] of error.receipts.entries())
            if (status === 'failed') report(`payload ${index}: ${reason?.message}`);
        }
        // #endregion
      };
      await incomplete();
      const thrown = await jobs.enqueueAll(ImportFileJob, wrong, later).catch((error: unknown) => error);
      for (const [i, { status }] of (thrown as BulkEnqueueError).receipts.entries())
        if (status === 'failed') failed.push(i);
      expect(failed).toEqual([1]);
    });

    it('middleware on both sides', async () => {
      // #region middleware-registered
      const options = { enqueueMiddleware: [StoreRequestId], middleware: [RestoreRequestId] };
      // #endregion
      const { app, jobs, event } = await start(options);
      await app.get(Requests).run('r-17', () => jobs.enqueue(RequestIdJob));
      await event('finished');
      expect(requestIds).toEqual(['r-17']);
    });
  });
}

export function queuesModule() {
  // #region queues
  return JobsModule.forRoot({
    queues: {
      default: { concurrency: 10 },
      mailers: { concurrency: 5 },
      imports: { concurrency: 2 },
    },
  });
  // #endregion
}
