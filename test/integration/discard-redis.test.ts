import { FlowProducer, Queue, type ConnectionOptions } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsInspector, type JobsService } from 'nestjs-fledge';
import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { JobSweep } from '../../src/jobs/engines/bull/inventory/job-sweep.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const begun: number[] = [];
let doomed = 0;
let open: () => void = () => undefined;

@Job({ attempts: 1 })
class NumberJob {
  async perform({ n }: { n: number }): Promise<void> {
    begun.push(n);
    throw new Error('no');
  }
}

@Job()
class OrderJob {
  async perform({ n }: { n: number }): Promise<void> {
    begun.push(n);
  }
}

@Job()
class DoomedJob {
  async perform(): Promise<void> {
    doomed += 1;
  }
}

@Job({ unique: { by: ['k'], mode: 'last' } })
class LastJob {
  async perform({ v }: { k: string; v: number }): Promise<void> {
    begun.push(v);
    await new Promise<void>((resolve) => (open = resolve));
    if (v === 1) throw new Error('again');
  }
}

interface Opened {
  readonly jobs: JobsService;
  readonly inspector: JobsInspector;
  readonly start: () => Promise<void>;
  readonly client: Redis;
  /** The prefix of the keys of the queue "default". */
  readonly base: string;
  readonly prefix: string;
}

async function openStore(url = privateUrl(inject('redisUrl'))): Promise<Opened> {
  const queues = { default: { concurrency: 1 }, mailers: {} };
  const { app, jobs, worker } = await jobsApp({ url, defaults: { backoff: '1h' }, queues }, [
    NumberJob,
    LastJob,
    OrderJob,
    DoomedJob,
  ]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  onTestFinished(() => client.disconnect());
  const prefix = `{${searchParams.get('prefix') ?? 'fledge'}}`;
  const start = (): Promise<void> => worker.start();
  return { jobs, inspector: app.get(JobsInspector), start, client, base: `${prefix}:default:`, prefix };
}

const numbers = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

describe('discardAll on Redis', () => {
  it('sends few commands for a long queue', async () => {
    const redis = await ownRedis();
    const { inspector, jobs, client, base } = await openStore(redis.url);
    await jobs.enqueue(NumberJob, { n: 1 });
    const count = 40_000;
    for (let i = 0; i < count; i += 1_000)
      await client.rpush(`${base}wait`, ...Array.from({ length: 1_000 }, () => randomUUID()));
    await client.config('RESETSTAT');
    expect(await inspector.discardAll('waiting')).toBe(count + 1);
    expect(await client.llen(`${base}wait`)).toBe(0);
    const stats = await client.info('commandstats');
    const calls = (command: string): number =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    // Each command discards hundreds of jobs, and none of them is searched for. The application’s own timers send commands too.
    expect(calls('evalsha')).toBeLessThan(count / 100);
    expect(calls('lpos')).toBeLessThan(count / 100);
    expect(calls('lrem')).toBeLessThan(count / 100);
  });

  it('discards the matching jobs among thousands and keeps the others in order', async () => {
    const { inspector, jobs } = await openStore();
    const receipts = await jobs.enqueueAll(NumberJob, numbers(3_000), (_, n) =>
      n % 50 === 0 ? { queue: 'default' } : {},
    );
    const others = await jobs.enqueueAll(
      LastJob,
      [1, 2].map((v) => ({ k: `${v}`, v })),
    );
    expect(await inspector.discardAll('waiting', { job: LastJob })).toBe(2);
    expect(await inspector.find(others[0]!.id)).toBeUndefined();
    const left: string[] = [];
    for await (const { id } of inspector.each('waiting')) left.push(id);
    expect(left).toEqual(receipts.map(({ id }) => id));
  });

  it('keeps jobs that are enqueued after it began', async () => {
    const { inspector, jobs } = await openStore();
    await jobs.enqueueAll(NumberJob, numbers(500));
    let isOver = false;
    const producing = (async () => {
      const ids: string[] = [];
      while (!isOver) ids.push(...(await jobs.enqueueAll(NumberJob, numbers(20))).map(({ id }) => id));
      return ids;
    })();
    const count = await inspector.discardAll('waiting');
    isOver = true;
    const produced = await producing;
    expect(count).toBeLessThan(500 + produced.length);
    const { size } = (await inspector.queues())[0]!;
    expect(size).toBe(500 + produced.length - count);
    expect(size).toBeGreaterThan(0);
  });

  it('discards jobs whose ids are not text', async () => {
    const { inspector, jobs, client, base } = await openStore();
    await jobs.enqueue(NumberJob, { n: 1 });
    const strange = Array.from({ length: 300 }, (_, i) => Buffer.from([0xff, i % 256, i >> 8]));
    await client.lpush(`${base}wait`, ...strange);
    expect(await inspector.discardAll('waiting', { job: NumberJob })).toBe(1);
    expect(await inspector.discardAll('waiting')).toBe(300);
    expect(await client.llen(`${base}wait`)).toBe(0);
  });

  it('finds jobs by their error whose ids are not text', async () => {
    const { inspector, jobs, client, base } = await openStore();
    await jobs.enqueue(NumberJob, { n: 1 });
    for (const id of [Buffer.from([0xff, 1]), Buffer.from('bytes:00'), Buffer.from('\uFFFD')]) {
      const failed = { name: 'NumberJob', data: '{"v":1}', opts: '{}', failedReason: 'boom' };
      await client.hset(Buffer.concat([Buffer.from(base), id]), failed);
      await client.zadd(`${base}failed`, 1, id);
    }
    expect(await inspector.discardAll('dead', { error: 'boom' })).toBe(3);
    expect(await client.zcard(`${base}failed`)).toBe(0);
  });

  // Between two steps a worker takes the only anchor and puts it back behind all other jobs.
  it.each(['waiting', 'scheduled'] as const)(
    'skips no %s job if its anchor is put back in the queue',
    async (state) => {
      const { client, base } = await openStore();
      const ids = ['stays', ...Array.from({ length: 20 }, (_, n) => `goes-${n}`)];
      const put = async (id: string, at: number): Promise<unknown> =>
        state === 'waiting'
          ? client.lpush(`${base}wait`, id)
          : client.zadd(`${base}delayed`, at * 0x1000, id);
      for (const [n, id] of ids.entries()) {
        await client.hset(base + id, { name: id === 'stays' ? 'Stays' : 'Goes', timestamp: 1 });
        await put(id, n);
      }
      let steps = 0;
      const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
        if (++steps === 2) {
          await client.lrem(`${base}wait`, 1, 'stays');
          await put('stays', 1_000);
        }
        return question();
      };
      const sweep = { states: [state], names: ['Goes'] };
      const bounds = { examine: 10, most: 5, near: 100 };
      const swept = new JobSweep({ client, ask, remove: async () => false }, 'default', base, sweep, bounds);
      expect(await swept.run()).toBe(20);
      expect(steps).toBeGreaterThan(2);
    },
  );

  it('works on a server whose memory is full', async () => {
    const redis = await ownRedis();
    const { inspector, jobs, client } = await openStore(redis.url);
    await jobs.enqueueAll(NumberJob, numbers(200));
    await jobs.enqueueAll(LastJob, [{ k: 'a', v: 1 }]);
    await jobs.enqueueAll(NumberJob, numbers(200));
    await jobs.enqueueAll(NumberJob, numbers(200), { delay: '1h' });
    await client.config('SET', 'maxmemory', '1');
    await expect(client.set('other', 'x')).rejects.toThrow(/OOM/);
    expect(await inspector.discardAll('waiting', { job: NumberJob })).toBe(400);
    expect(await inspector.discardAll('scheduled')).toBe(200);
    expect((await inspector.jobs('waiting')).jobs).toMatchObject([{ name: 'LastJob' }]);
  });

  it('leaves no keys of a discarded job and no unique lock, and keeps next ticks of schedules', async () => {
    const { inspector, jobs, client, base, prefix } = await openStore();
    const queue = new Queue('default', {
      connection: client as ConnectionOptions,
      prefix,
      skipVersionCheck: true,
    });
    await queue.upsertJobScheduler(
      'nightly',
      { pattern: '0 3 1 1 *' },
      { name: 'NumberJob', data: { v: 1 } },
    );
    const { id } = await jobs.enqueue(NumberJob, { n: 1 }, { delay: '1h' });
    await client.rpush(`${base}${id}:logs`, 'a line');
    await jobs.enqueue(LastJob, { k: 'a', v: 1 }, { delay: '1h' });
    expect(await inspector.discardAll('scheduled')).toBe(2);
    expect(await client.exists(base + id, `${base}${id}:logs`)).toBe(0);
    expect(await client.keys(`${base}de:*`)).toEqual([]);
    const events = await client.xrevrange(`${base}events`, '+', '-', 'COUNT', 2);
    expect(events.map(([, fields]) => fields)).toContainEqual([
      'event',
      'removed',
      'jobId',
      id,
      'prev',
      'delayed',
    ]);
    expect((await inspector.jobs('scheduled')).jobs).toMatchObject([{ schedule: 'nightly' }]);
  });

  it('starts the job that was to follow a discarded unique job', async () => {
    const { inspector, jobs, start } = await openStore();
    begun.splice(0);
    await start();
    await jobs.enqueue(LastJob, { k: 'b', v: 1 });
    await until('the first runs', () => begun.includes(1));
    await jobs.enqueue(LastJob, { k: 'b', v: 2 });
    open();
    await until('it waits for its retry', async () => (await inspector.jobs('retrying')).jobs.length === 1);
    expect(await inspector.discardAll('retrying')).toBe(1);
    await until('the later one runs', () => begun.includes(2));
    open();
  });

  it('leaves flows to BullMQ: a parent is removed with its children', async () => {
    const { inspector, client, base, prefix } = await openStore();
    const flows = new FlowProducer({
      connection: client as ConnectionOptions,
      prefix,
      skipVersionCheck: true,
    });
    const child = { name: 'Child', queueName: 'default', data: {} };
    const { job } = await flows.add({
      name: 'Parent',
      queueName: 'default',
      data: {},
      children: [child, child],
    });
    expect(await inspector.discardAll('waiting')).toBe(2);
    expect(await client.scard(`${base}${job.id}:dependencies`)).toBe(0);
  });
});

describe('cancel(Class) on Redis', () => {
  it('removes one class among thousands of jobs, while a worker runs the others in order and more are enqueued', async () => {
    const { jobs, start, inspector } = await openStore();
    begun.length = doomed = 0;
    // More jobs than one step discards.
    const count = 1_600;
    const enqueue = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 200) {
        await jobs.enqueueAll(
          OrderJob,
          Array.from({ length: 200 }, (_, i) => ({ n: n + i })),
        );
        await jobs.enqueueAll(
          DoomedJob,
          Array.from({ length: 200 }, () => undefined),
        );
      }
    };
    await enqueue(0, count);
    await start();
    await until('some have run', () => begun.length > 50);
    const more = (async () => {
      for (let n = count; n < 2 * count; n += 200)
        await jobs.enqueueAll(
          OrderJob,
          Array.from({ length: 200 }, (_, i) => ({ n: n + i })),
        );
    })();
    const { removed, signalled } = await jobs.cancel(DoomedJob);
    const doomedBefore = doomed;
    // One job may have started between two polls. It was either dropped at its start, or it ran.
    expect(removed + signalled + doomedBefore).toBeGreaterThanOrEqual(count - 1);
    await more;
    await until('all others have run', () => begun.length === 2 * count);
    expect(begun).toEqual(Array.from({ length: 2 * count }, (_, n) => n));
    expect((await inspector.jobs('waiting')).jobs).toEqual([]);
    expect(doomed - doomedBefore).toBeLessThanOrEqual(1);
  });
});
