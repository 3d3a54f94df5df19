import { Controller, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { existsSync } from 'node:fs';
import {
  FledgeError,
  Job,
  JobsInspector,
  JobsModule,
  JobsService,
  JobsWorker,
  type FailureHandler,
  type JobContext,
  type JobReceipt,
} from 'nestjs-fledge';
import {
  startRedis,
  startWorker,
  type StartWorkerOptions,
  type TestRedis,
  type TestWorker,
} from 'nestjs-fledge/testing';
import request from 'supertest';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { accepts } from '../../src/testing/redis/private-redis.js';
import { quietly } from '../support/kit-drivers.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const ran: string[] = [];
const waiting: (() => void)[] = [];

@Job({ attempts: 2, backoff: '1h' })
class NoteJob implements FailureHandler {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
    if (note === 'fails') throw new Error('as planned');
  }
  async onDeath(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    ran.push('death handled');
  }
}

@Job({ queue: 'mailers' })
class ChainJob {
  constructor(private readonly jobs: JobsService) {}
  async perform({ links }: { links: number }): Promise<void> {
    ran.push(`link ${links}`);
    const queue = links % 2 === 0 ? 'default' : 'mailers';
    if (links > 1) await this.jobs.enqueue(ChainJob, { links: links - 1 }, { queue });
  }
}

@Job()
class BlockJob {
  async perform({ obeys }: { obeys: boolean }, { signal }: JobContext): Promise<void> {
    ran.push('blocks');
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      if (obeys) signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

@Controller()
class NotesController {
  constructor(private readonly jobs: JobsService) {}
  @Post('notes')
  enqueue(): Promise<JobReceipt> {
    return this.jobs.enqueue(NoteJob, { note: 'from the web' });
  }
}

/** A module of an application. Its options were fixed at import, to a store that a test cannot use. */
@Module({
  imports: [JobsModule.forRoot({ url: 'redis://user:wrong@127.0.0.1:1/3', password: 'another' })],
  controllers: [NotesController],
  providers: [NoteJob, ChainJob, BlockJob],
})
class AppModule {}

async function runningRedis(): Promise<TestRedis> {
  const redis = await startRedis({ url: inject('redisUrl') });
  onTestFinished(() => redis.stop());
  return redis;
}

async function working(options: StartWorkerOptions = {}): Promise<TestWorker & { jobs: JobsService }> {
  const redis = options.redis ?? (await runningRedis());
  const worker = await startWorker(AppModule, { builder: quietly, ...options, redis });
  onTestFinished(async () => void (await worker.stop()));
  return Object.assign(worker, { jobs: worker.get(JobsService) });
}

async function thrownBy(work: Promise<unknown>): Promise<FledgeError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FledgeError);
  return error as FledgeError;
}

beforeEach(() => {
  ran.length = waiting.length = 0;
});

describe('startRedis', () => {
  it('starts its own server and removes it with its directory on stop', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const client = new Redis(redis.url);
    const [, directory] = (await client.config('GET', 'dir')) as [string, string];
    client.disconnect();
    const port = Number(new URL(redis.url).port);
    expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\?prefix=test-[0-9a-f]{12}$/);
    expect(existsSync(directory)).toBe(true);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    await Promise.all([redis.stop(), redis.stop()]);
    expect(await accepts('127.0.0.1', port)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  });

  it('uses the server of JOBS_TEST_URL with a prefix below the URL’s own, and removes only those keys', async () => {
    process.env.JOBS_TEST_URL = `${inject('redisUrl')}/5?prefix=ci`;
    onTestFinished(() => void delete process.env.JOBS_TEST_URL);
    const redis = await startRedis();
    const neighbour = await startRedis();
    onTestFinished(() => neighbour.stop());
    const prefix = new URL(redis.url).searchParams.get('prefix')!;
    expect(prefix).toMatch(/^ci-[0-9a-f]{12}$/);
    expect(new URL(redis.url).pathname).toBe('/5');
    for (const one of [redis, neighbour]) {
      const { jobs } = await working({ redis: one });
      const payloads = Array.from({ length: 300 }, () => ({ note: 'kept' }));
      await jobs.enqueueAll(NoteJob, payloads, { delay: '1h' });
    }
    const client = new Redis(`${inject('redisUrl')}/5`);
    onTestFinished(() => client.disconnect());
    const keys = (pattern: string): Promise<string[]> => client.keys(pattern);
    expect((await keys(`{${prefix}}:*`)).length).toBeGreaterThan(300);
    await redis.stop();
    // A worker that has not yet stopped still writes keys. Only the keys of this test's jobs are checked.
    expect((await keys(`{${prefix}}:default:0*`)).length).toBe(0);
    expect((await keys('{ci-*}:default:0*')).length).toBe(300);
  });

  it.each([
    ['redis://127.0.0.1:1', 'FLEDGE_STORE_UNREACHABLE'],
    ['redis://127.0.0.1:1/x', 'FLEDGE_STORE_URL_INVALID'],
    ['nowhere', 'FLEDGE_STORE_URL_INVALID'],
  ])('rejects %s at once', async (url, code) => {
    expect(await thrownBy(startRedis({ url }))).toMatchObject({ code });
  });
});

describe('redis.connect', () => {
  it('replaces only the store of a web process', async () => {
    const redis = await runningRedis();
    const web = (
      await redis.connect(Test.createTestingModule({ imports: [AppModule] })).compile()
    ).createNestApplication();
    onTestFinished(() => web.close());
    await web.init();
    expect(web.get(JobsWorker).state).toBe('starting');
    const worker = await working({ redis });
    await request(web.getHttpServer()).post('/notes').expect(201);
    await worker.idle();
    expect(ran).toEqual(['from the web']);
  });
});

describe('startWorker', () => {
  it('is idle after all jobs have ended, including those that they enqueued', async () => {
    const worker = await working();
    await worker.idle();
    await worker.jobs.enqueue(ChainJob, { links: 9 });
    await worker.idle();
    expect(ran).toHaveLength(9);
    await worker.jobs.enqueueAll(
      NoteJob,
      Array.from({ length: 200 }, (_, i) => ({ note: `n${i}` })),
    );
    await Promise.all([worker.idle(), worker.idle()]);
    expect(ran).toHaveLength(209);
    const page = await worker.get(JobsInspector).jobs('completed', { limit: 250 });
    expect(page.jobs).toHaveLength(209);
  });

  it('waits for failure handlers, but for scheduled jobs only with dueWithin', async () => {
    const worker = await working();
    await worker.jobs.enqueue(NoteJob, { note: 'next hour' }, { delay: '1h' });
    const { id } = await worker.jobs.enqueue(NoteJob, { note: 'fails' });
    await worker.idle();
    expect(ran).toEqual(['fails']);
    await worker.get(JobsInspector).reschedule(id, { delay: 500 });
    await worker.idle({ dueWithin: '30s' });
    expect(ran).toEqual(['fails', 'fails', 'death handled']);
  });

  it('waits for a due job that has not yet been moved to the waiting jobs', async () => {
    const worker = await working();
    const at = Date.now() + 150;
    await worker.jobs.enqueue(NoteJob, { note: 'due' }, { at });
    await until('it is due', () => Date.now() >= at);
    await worker.idle();
    expect(ran).toEqual(['due']);
  });

  it('reports why it is not idle', async () => {
    const worker = await working();
    const { id } = await worker.jobs.enqueue(BlockJob, { obeys: true });
    await until('it runs', () => waiting.length > 0);
    const running = await thrownBy(worker.idle({ timeout: 50 }));
    expect(running.code).toBe('FLEDGE_TEST_NOT_IDLE');
    expect(running.message).toContain(
      `The worker is not idle after 50 ms: BlockJob ${id} is running (attempt 1, for `,
    );
    waiting.forEach((resolve) => resolve());
    await worker.idle();
    worker.get(JobsWorker).quiet();
    for (let i = 0; i < 4; i++) await worker.jobs.enqueue(NoteJob, { note: 'unseen' });
    const { message } = await thrownBy(worker.idle({ timeout: 50 }));
    expect(message).toMatch(
      /^The worker, which is quiet, is not idle after 50 ms: 4 waiting in default \(NoteJob \S+, NoteJob \S+, NoteJob \S+, …\)\. \[/,
    );
    expect(await thrownBy(worker.idle({ timeout: 'soon' as '1s' }))).toMatchObject({
      code: 'FLEDGE_OPTION_INVALID',
    });
  });

  it('reports that the store is away', async () => {
    const server = await ownRedis();
    const redis = await startRedis({ url: server.url });
    const worker = await working({ redis });
    await server.stop();
    const { message } = await thrownBy(worker.idle({ timeout: 100 }));
    expect(message).toContain(
      'is not idle after 100 ms: the store is unreachable: The store (redis://127.0.0.1:',
    );
    expect(await thrownBy(redis.stop())).toMatchObject({ code: 'FLEDGE_STORE_UNREACHABLE' });
  });

  it('serves only the given queues, and waits for no others', async () => {
    const worker = await working({ queues: ['mailers'] });
    await worker.jobs.enqueue(NoteJob, { note: 'for others' });
    await worker.jobs.enqueue(ChainJob, { links: 1 });
    await worker.idle();
    expect(ran).toEqual(['link 1']);
    const redis = await runningRedis();
    expect(await thrownBy(startWorker(AppModule, { redis, queues: ['mailrs'] }))).toMatchObject({
      code: 'FLEDGE_QUEUE_UNDECLARED',
      message: expect.stringContaining('mailers') as string,
    });
    expect(await thrownBy(startWorker(NoJobsModule, { redis }))).toMatchObject({
      code: 'FLEDGE_MODULE_MISSING',
    });
  });

  it.each([true, false])(
    'stops, and puts its running job back (the job respects its signal: %s)',
    async (obeys) => {
      const redis = await runningRedis();
      const worker = await working({ redis });
      await worker.jobs.enqueue(BlockJob, { obeys });
      await until('it runs', () => waiting.length > 0);
      expect(await worker.stop()).toEqual({ handedBack: 1, left: 0 });
      const next = await working({ redis });
      await until('it runs again', () => waiting.length > 1);
      waiting.forEach((resolve) => resolve());
      await next.idle();
    },
  );

  it('boots with the providers that the test replaces, also on the application’s own store', async () => {
    const worker = await startWorker(OwnStoreModule, {
      builder: (builder) => builder.overrideProvider(Greeting).useValue({ text: 'from the test' }),
    });
    onTestFinished(async () => void (await worker.stop()));
    await worker.get(JobsService).enqueue(GreetJob);
    await worker.idle();
    expect(ran).toEqual(['from the test']);
  });
});

@Module({})
class NoJobsModule {}

class Greeting {
  readonly text: string = 'hello';
}

@Job()
class GreetJob {
  constructor(private readonly greeting: Greeting) {}
  async perform(): Promise<void> {
    ran.push(this.greeting.text);
  }
}

@Module({ imports: [JobsModule.forRoot({ url: 'memory:' })], providers: [Greeting, GreetJob] })
class OwnStoreModule {}
