import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  BulkEnqueueError,
  FledgeError,
  Job,
  JobAborted,
  type EnqueueMiddleware,
  type EnqueueOptions,
  type JobContext,
  type JobMiddleware,
  type JobsOptions,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

/** What the jobs of this suite did, in order. */
const ran: string[] = [];
const contexts: JobContext[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }, context: JobContext): Promise<string> {
    ran.push(note);
    contexts.push(context);
    return note;
  }
}

@Job({ queue: 'mailers' })
class OtherQueueJob {
  async perform(): Promise<void> {
    ran.push('other');
  }
}

@Job({ attempts: 3, backoff: 20 })
class FlakyJob {
  async perform({ until: succeedsAt }: { until: number }, { attempt, attempts }: JobContext): Promise<void> {
    ran.push(`attempt ${attempt} of ${attempts}`);
    if (attempt < succeedsAt) throw new Error(`not yet: ${attempt}`);
  }
}

@Job()
class SlowJob {
  static release: () => void;
  static readonly seen: unknown[] = [];

  async perform({ obeys }: { obeys: boolean }, { signal }: JobContext): Promise<void> {
    ran.push('slow started');
    await new Promise<void>((resolve, reject) => {
      SlowJob.release = resolve;
      signal.addEventListener('abort', () => {
        SlowJob.seen.push(signal.reason);
        if (obeys) reject(signal.reason as Error);
      });
    });
    ran.push('slow ended');
  }
}

@Job()
class FollowUpJob {
  constructor(private readonly note: NoteJob) {}
  async perform(): Promise<void> {
    ran.push(`has ${this.note.constructor.name}`);
  }
}

@Injectable()
class Counter {
  private static made = 0;
  readonly number = ++Counter.made;
}

@Job()
@Injectable({ scope: Scope.REQUEST })
class RequestScopedJob {
  static readonly instances = new Set<RequestScopedJob>();
  constructor(
    @Inject(REQUEST) private readonly request: JobContext,
    readonly counter: Counter,
  ) {}
  async perform(): Promise<void> {
    RequestScopedJob.instances.add(this);
    ran.push(`scoped ${this.request.name}`);
  }
}

const factoryMade = Symbol('a job behind another token');

@Job({ name: 'factory', aliases: ['old-name'] })
class FactoryJob {
  constructor(private readonly greeting: string) {}
  async perform(): Promise<void> {
    ran.push(this.greeting);
  }
}

@Job()
class ValueJob {
  async perform(): Promise<void> {
    ran.push('value');
  }
}

const order: string[] = [];
const outer: JobMiddleware = {
  async handle({ context }, next) {
    order.push(`outer > ${context.meta.tenant ?? 'nobody'}`);
    const result = await next();
    order.push('outer <');
    return result;
  },
};

@Injectable()
class InnerMiddleware implements JobMiddleware {
  constructor(private readonly counter: Counter) {}
  async handle(_call: unknown, next: () => Promise<unknown>): Promise<unknown> {
    order.push(this.counter ? 'inner' : 'inner without its dependency');
    return next();
  }
}

const stamp: EnqueueMiddleware = {
  async handle(call, next) {
    call.meta.tenant = 'acme';
    return next();
  },
};

const veto: EnqueueMiddleware = {
  async handle(call, next) {
    if ((call.payload as { note?: string } | undefined)?.note === 'forbidden') return;
    return next();
  },
};

/** The same tests run on memory and on Redis. */
export function storeBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const providers = [
    Counter,
    InnerMiddleware,
    NoteJob,
    OtherQueueJob,
    FlakyJob,
    SlowJob,
    FollowUpJob,
    RequestScopedJob,
    { provide: factoryMade, useFactory: async () => new FactoryJob('from a factory') },
    { provide: ValueJob, useValue: new ValueJob() },
  ];
  const start = async (options: JobsOptions = {}): Promise<JobsApp> => {
    const app = await jobsApp({ url: url(), ...options }, providers);
    await app.worker.start();
    return app;
  };
  const performed = (...notes: string[]): Promise<unknown> =>
    until(`${notes.join(', ')} ran, not only ${ran.join(', ')}`, () =>
      notes.every((note) => ran.includes(note)),
    );

  beforeEach(() => {
    ran.length = contexts.length = order.length = SlowJob.seen.length = 0;
    RequestScopedJob.instances.clear();
  });

  describe(`on ${kind}: enqueue and perform`, () => {
    it('runs a job with its payload and context, and returns a receipt', async () => {
      const { jobs, event } = await start();
      const receipt = await jobs.enqueue(NoteJob, { note: 'hello' });
      expect(receipt).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        name: 'NoteJob',
        queue: 'default',
        status: 'enqueued',
      });
      const { outcome } = await event('finished');
      expect(outcome).toEqual({ kind: 'completed', result: 'hello' });
      expect(ran).toEqual(['hello']);
      const { id, name, queue, attempt, attempts, signal, meta } = contexts[0]!;
      expect({ id, name, queue, attempt, attempts, meta }).toEqual({
        id: receipt.id,
        name: 'NoteJob',
        queue: 'default',
        attempt: 1,
        attempts: 25,
        meta: {},
      });
      expect(signal.aborted).toBe(false);
      const { log, progress } = contexts[0]!;
      await log('a line');
      await progress(50);
      await progress({ row: 3 });
    });

    it('finds job classes of each kind of provider, with their dependencies', async () => {
      const { jobs } = await start();
      await jobs.enqueue(FollowUpJob);
      await jobs.enqueue(FactoryJob);
      await jobs.enqueue(ValueJob);
      await jobs.enqueue(OtherQueueJob);
      await performed('has NoteJob', 'from a factory', 'value', 'other');
    });

    it('creates a request-scoped job for each attempt', async () => {
      const { jobs } = await start();
      await jobs.enqueue(RequestScopedJob);
      await jobs.enqueue(RequestScopedJob);
      await until('both ran', () => RequestScopedJob.instances.size === 2);
      expect(ran).toEqual(['scoped RequestScopedJob', 'scoped RequestScopedJob']);
    });

    it('sends payloads through JSON, so undefined properties are gone', async () => {
      const { jobs } = await start();
      await jobs.enqueue(NoteJob, { note: 'json', left: undefined } as { note: string });
      await performed('json');
      await expect(jobs.enqueue(NoteJob, { note: new Date() as unknown as string })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
        message: expect.stringContaining('payload.note is a Date'),
      });
    });

    it('runs nothing before the worker starts', async () => {
      const { jobs, worker } = await jobsApp({ url: url() }, providers);
      // In memory the application starts its own worker, so this is tested only on Redis.
      if (kind === 'memory') return;
      await jobs.enqueue(NoteJob, { note: 'early' });
      await new Promise((resolve) => setImmediate(resolve));
      expect(ran).toEqual([]);
      await worker.start();
      await performed('early');
    });
  });

  describe(`on ${kind}: options of one call`, () => {
    it('waits for delay and at', async () => {
      const { jobs, event } = await start();
      const before = Date.now();
      await jobs.enqueue(NoteJob, { note: 'at' }, { at: new Date(before + 600) });
      await jobs.enqueue(NoteJob, { note: 'delay' }, { delay: 300 });
      await jobs.enqueue(NoteJob, { note: 'past' }, { at: before - 1_000 });
      await event('enqueued', ({ delay }) => delay > 300);
      await performed('at');
      expect(ran).toEqual(['past', 'delay', 'at']);
      expect(Date.now() - before).toBeGreaterThanOrEqual(595);
    });

    it('runs jobs without a priority first, then 1, 2, …, and equals in their order', async () => {
      const app = await start({ queues: { default: { concurrency: 1 }, mailers: {} } });
      await app.jobs.enqueue(SlowJob, { obeys: false });
      await performed('slow started');
      await app.jobs.enqueue(NoteJob, { note: 'p9' }, { priority: 9 });
      await app.jobs.enqueue(NoteJob, { note: 'p1 first' }, { priority: 1 });
      await app.jobs.enqueue(NoteJob, { note: 'p1 second' }, { priority: 1 });
      await app.jobs.enqueue(NoteJob, { note: 'none' });
      SlowJob.release();
      await performed('p9');
      expect(ran).toEqual(['slow started', 'slow ended', 'none', 'p1 first', 'p1 second', 'p9']);
    });

    it('runs a job that falls due after the jobs that were already waiting', async () => {
      const { jobs } = await start({ queues: { default: { concurrency: 1 }, mailers: {} } });
      await jobs.enqueue(SlowJob, { obeys: false });
      await performed('slow started');
      await jobs.enqueue(NoteJob, { note: 'delayed' }, { delay: 30 });
      for (const note of ['first', 'second']) await jobs.enqueue(NoteJob, { note });
      const due = Date.now() + 60;
      await until('the delayed one is due', () => Date.now() > due);
      SlowJob.release();
      await performed('delayed');
      expect(ran.slice(2)).toEqual(['first', 'second', 'delayed']);
    });

    it('uses queue and attempts of the call', async () => {
      const { jobs, event } = await start();
      await jobs.enqueue(FlakyJob, { until: 9 }, { attempts: 2, queue: 'mailers' });
      const { queue } = await event(
        'finished',
        ({ outcome }) => outcome.kind === 'failed' && outcome.retryIn === undefined,
      );
      expect(queue).toBe('mailers');
      expect(ran).toEqual(['attempt 1 of 2', 'attempt 2 of 2']);
    });

    it.each([
      [{ delay: '5 minutes' as '5m' }, 'FLEDGE_OPTION_INVALID'],
      [{ delay: 1, at: new Date() }, 'FLEDGE_OPTION_INVALID'],
      [{ at: new Date('never') }, 'FLEDGE_OPTION_INVALID'],
      [{ priority: 0 }, 'FLEDGE_OPTION_INVALID'],
      [{ priority: 3_000_000 }, 'FLEDGE_OPTION_INVALID'],
      [{ attempts: 0 }, 'FLEDGE_OPTION_INVALID'],
      [{ queue: 'mailrs' }, 'FLEDGE_QUEUE_UNDECLARED'],
    ])('refuses %j', async (options, code) => {
      const { jobs } = await start();
      await expect(jobs.enqueue(NoteJob, { note: 'no' }, options as EnqueueOptions)).rejects.toMatchObject({
        code,
      });
      expect(ran).toEqual([]);
    });
  });

  describe(`on ${kind}: failures`, () => {
    it('retries after the backoff until the job succeeds', async () => {
      const { jobs, event } = await start();
      await jobs.enqueue(FlakyJob, { until: 3 });
      await event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(ran).toEqual(['attempt 1 of 3', 'attempt 2 of 3', 'attempt 3 of 3']);
      const { outcome } = await event('finished', ({ attempt }) => attempt === 1);
      expect(outcome).toMatchObject({ kind: 'failed', retryIn: 20, error: { message: 'not yet: 1' } });
    });

    it('dies after the last attempt', async () => {
      const { jobs, event } = await start();
      await jobs.enqueue(FlakyJob, { until: 9 });
      const dead = await event(
        'finished',
        ({ outcome }) => outcome.kind === 'failed' && outcome.retryIn === undefined,
      );
      expect(dead).toMatchObject({ attempt: 3, attempts: 3 });
    });
  });

  describe(`on ${kind}: middleware`, () => {
    it('runs both sides with the outermost first, and passes meta between them', async () => {
      const { jobs, event } = await start({
        middleware: [outer, InnerMiddleware],
        enqueueMiddleware: [stamp],
      });
      await jobs.enqueue(NoteJob, { note: 'wrapped' });
      await event('finished');
      expect(order).toEqual(['outer > acme', 'inner', 'outer <']);
    });

    it('vetoes only if next() was not called, whatever it returns', async () => {
      const silent: EnqueueMiddleware = {
        async handle(_call, next) {
          await next();
        },
      };
      const { jobs } = await start({ enqueueMiddleware: [silent] });
      expect(await jobs.enqueue(NoteJob, { note: 'silent' })).toMatchObject({ status: 'enqueued' });
      await performed('silent');
    });

    it('can veto one job of an enqueueAll', async () => {
      const { jobs, event } = await start({ enqueueMiddleware: [veto] });
      expect(await jobs.enqueue(NoteJob, { note: 'forbidden' })).toMatchObject({ status: 'vetoed' });
      const receipts = await jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'forbidden' }, { note: 'b' }]);
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'vetoed', 'enqueued']);
      await event('bulk-enqueued', ({ count }) => count === 2);
      await performed('a', 'b');
      expect(ran).not.toContain('forbidden');
    });
  });

  describe(`on ${kind}: enqueueAll`, () => {
    it('takes 20,000 payloads from a generator and returns their receipts in order', async () => {
      const { jobs } = await jobsApp({ url: url() }, providers);
      function* payloads(): Generator<{ note: string }> {
        for (let i = 0; i < 20_000; i++) yield { note: `n${i}` };
      }
      const receipts = await jobs.enqueueAll(NoteJob, payloads(), (_, index) => ({
        delay: index === 0 ? '1h' : '2h',
      }));
      expect(receipts).toHaveLength(20_000);
      expect(new Set(receipts.map(({ id }) => id)).size).toBe(20_000);
      expect(receipts.every(({ status }) => status === 'enqueued')).toBe(true);
    });

    it('enqueues the valid payloads and names the invalid ones in its error', async () => {
      const { jobs } = await start();
      const payloads = [{ note: 'good' }, { note: NaN as unknown as string }, { note: 'fine' }];
      const error = await jobs.enqueueAll(NoteJob, payloads).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BulkEnqueueError);
      expect(error).toMatchObject({ code: 'FLEDGE_BULK_INCOMPLETE', unavailable: false });
      const { receipts } = error as BulkEnqueueError;
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'failed', 'enqueued']);
      expect(receipts[1]!.error).toMatchObject({ code: 'FLEDGE_PAYLOAD_INVALID' });
      await performed('good', 'fine');
    });
  });

  describe(`on ${kind}: enqueueAll with a generator that throws`, () => {
    it('keeps what was enqueued and lists it in the error', async () => {
      const { jobs } = await jobsApp({ url: url() }, providers);
      function* payloads(): Generator<{ note: string }> {
        for (let i = 0; i < 700; i++) yield { note: `n${i}` };
        throw new Error('the file is damaged');
      }
      const error: unknown = await jobs
        .enqueueAll(NoteJob, payloads(), { delay: '1h' })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'FLEDGE_BULK_INCOMPLETE',
        cause: { message: 'the file is damaged' },
      });
      const { receipts } = error as BulkEnqueueError;
      expect(receipts).toHaveLength(500);
      const receiptId = receipts[0]!.id;
      expect(await jobs.enqueue(NoteJob, { note: 'n0' }, { id: receiptId })).toMatchObject({
        status: 'duplicate',
        duplicateOf: receiptId,
      });
      await expect(jobs.enqueueAll(NoteJob, [{ note: 'a' }], { attempts: 0 })).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
      const shared = { id: receiptId } as object;
      await expect(jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'b' }], shared)).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
    });
  });

  describe(`on ${kind}: perform`, () => {
    it('returns the job’s result, through middleware and JSON', async () => {
      const { jobs } = await start({ middleware: [outer] });
      await expect(jobs.perform(NoteJob, { note: 'now' })).resolves.toBe('now');
      expect(order).toEqual(['outer > nobody', 'outer <']);
    });

    it('throws the job’s error and does not retry', async () => {
      const { jobs } = await start();
      await expect(jobs.perform(FlakyJob, { until: 9 })).rejects.toThrow('not yet: 1');
      expect(ran).toEqual(['attempt 1 of 1']);
    });
  });

  describe(`on ${kind}: stop`, () => {
    it('waits for running jobs and takes no more', async () => {
      const { jobs, worker, event } = await start({ queues: { default: { concurrency: 1 }, mailers: {} } });
      await jobs.enqueue(SlowJob, { obeys: true });
      await performed('slow started');
      await jobs.enqueue(NoteJob, { note: 'left' });
      const stopped = worker.stop();
      await event('worker-stopping', ({ running }) => running === 1);
      // A job can still enqueue while the worker stops.
      await jobs.enqueue(NoteJob, { note: 'late' });
      SlowJob.release();
      await stopped;
      expect(await event('worker-stopped')).toMatchObject({ handedBack: 0, left: 0 });
      expect(ran).toEqual(['slow started', 'slow ended']);
    });

    it.each([
      ['obeys its signal', true],
      ['ignores its signal', false],
    ])('puts back a job that %s, and uses no attempt', async (_, obeys) => {
      const { jobs, worker, event } = await start({ shutdownTimeout: 1_000 });
      await jobs.enqueue(SlowJob, { obeys });
      await performed('slow started');
      await worker.stop();
      expect(SlowJob.seen[0]).toBeInstanceOf(JobAborted);
      expect(SlowJob.seen[0]).toMatchObject({ reason: 'shutdown', code: 'FLEDGE_JOB_ABORTED' });
      const { outcome } = await event('finished');
      expect(outcome).toEqual({ kind: 'interrupted' });
      const stopped = await event('worker-stopped');
      expect(stopped).toMatchObject({ handedBack: 1, left: 0 });
      expect(stopped.duration).toBeLessThan(1_500);
    });

    it('takes no job if it was quieted before it started', async () => {
      if (kind === 'memory') return;
      const { jobs, worker, event } = await jobsApp({ url: url() }, providers);
      worker.quiet();
      await worker.start();
      await event('worker-quiet');
      await jobs.enqueue(NoteJob, { note: 'unseen' });
      await worker.stop();
      expect(ran).toEqual([]);
    });

    it('works on a worker that never started, and more than once', async () => {
      const { worker } = await jobsApp({ url: url() }, providers);
      await worker.stop();
      await Promise.all([worker.stop(), worker.stop()]);
    });

    it('makes later enqueues fail after the application has closed', async () => {
      if (kind === 'memory') return;
      const { jobs, close } = await start();
      await close();
      const late = await jobs.enqueue(NoteJob, { note: 'late' }).catch((error: unknown) => error);
      expect(late).toBeInstanceOf(FledgeError);
      expect(late).toMatchObject({ code: 'FLEDGE_STORE_CLOSED', unavailable: true });
    });
  });
}
