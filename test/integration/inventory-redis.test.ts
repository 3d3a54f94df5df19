import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import {
  examineStore,
  Job,
  JobsInspector,
  type JobRecord,
  type JobsOptions,
  type JobState,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

/** How often each job ran. */
const ran = new Map<string, number>();
let isHealed = false;
let onRun: () => void = () => undefined;

@Job({ attempts: 1 })
class FailJob {
  async perform(_payload: { n: number }): Promise<void> {
    if (!isHealed) throw new Error('not yet');
  }
}

@Job()
class CountJob {
  async perform({ n }: { n: number }): Promise<void> {
    ran.set(`n${n}`, (ran.get(`n${n}`) ?? 0) + 1);
    onRun();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface App extends JobsApp {
  readonly inspector: JobsInspector;
  readonly client: Redis;
  /** The prefix of the keys of the queue "default". */
  readonly base: string;
  readonly queue: Queue;
}

async function start(url = privateUrl(inject('redisUrl')), options: JobsOptions = {}): Promise<App> {
  const queues = { default: { concurrency: 50 }, other: { concurrency: 50 } };
  const app = await jobsApp({ url, queues, ...options }, [FailJob, CountJob]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  onTestFinished(() => client.disconnect());
  const prefix = `{${searchParams.get('prefix') ?? 'fledge'}}`;
  const queue = new Queue('default', { connection: client, prefix, skipVersionCheck: true });
  return { ...app, inspector: app.app.get(JobsInspector), client, base: `${prefix}:default:`, queue };
}

const numbers = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));

/** Reads all pages of a state. `between` is called after each page. */
async function list(
  inspector: JobsInspector,
  state: JobState,
  between: (page: JobRecord[]) => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await inspector.jobs(state, { limit: 100, ...(cursor ? { cursor } : {}) });
    ids.push(...page.jobs.map(({ id }) => id));
    await between(page.jobs);
    ({ cursor } = page);
  } while (cursor);
  return ids;
}

/** Returns the jobs that were not listed exactly once. */
function notOnce(listed: readonly string[], ids: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const id of listed) counts.set(id, (counts.get(id) ?? 0) + 1);
  return ids.filter((id) => counts.get(id) !== 1);
}

beforeEach(() => {
  ran.clear();
  isHealed = false;
  onRun = () => undefined;
});

describe('paging through thousands of jobs while the list changes', () => {
  it('lists each waiting job that stays exactly once', async () => {
    const { jobs, inspector, worker } = await start();
    const receipts = await jobs.enqueueAll(CountJob, numbers(5_000));
    const listed = await list(inspector, 'waiting', async (page) => {
      // A worker takes some jobs from the head of the queue, others are added, and one in the middle is discarded.
      if (page[0]?.id === receipts[1_000]?.id) {
        onRun = () => ran.size > 500 && worker.quiet();
        await worker.start();
        await until('some have run', () => ran.size > 500);
        await until('it is idle', async () => (await inspector.queues())[0]!.running === 0);
      }
      await jobs.enqueueAll(CountJob, numbers(20));
      if (page[50]) await inspector.discard(page[50].id).catch(() => undefined);
    });
    expect(ran.size).toBeGreaterThan(500);
    const staying = new Set(await list(inspector, 'waiting'));
    expect(staying.size).toBeGreaterThan(1_000);
    const original = receipts.map(({ id }) => id).filter((id) => staying.has(id));
    expect(notOnce(listed, original)).toEqual([]);
  });

  it('lists each dead job that stays exactly once, and retries thousands', async () => {
    const { jobs, inspector, worker } = await start();
    const receipts = await jobs.enqueueAll(FailJob, numbers(5_000));
    await worker.start();
    const dead = async (): Promise<number> => (await inspector.queues())[0]!.dead;
    await until('all have died', async () => (await dead()) === 5_000);
    let page = 0;
    const listed = await list(inspector, 'dead', async (jobsOfPage) => {
      page += 1;
      if (page % 5 > 0) return;
      await jobs.enqueueAll(FailJob, numbers(10));
      for (const job of jobsOfPage.slice(0, 10)) await inspector.discard(job.id);
    });
    const staying = new Set(await list(inspector, 'dead'));
    const original = receipts.map(({ id }) => id).filter((id) => staying.has(id));
    expect(original.length).toBeGreaterThan(4_800);
    expect(notOnce(listed, original)).toEqual([]);

    const before = await dead();
    // Most of the jobs die again while the call still runs.
    expect(await inspector.retryAll()).toBe(before);
    await until('they have died again', async () => (await dead()) === before);
    isHealed = true;
    expect(await inspector.retryAll({ job: FailJob })).toBe(before);
    await until('none is left', async () => {
      const [queue] = await inspector.queues();
      return queue!.dead + queue!.size + queue!.running === 0;
    });
  });

  it('lists jobs that finished in the same millisecond, and continues after a job that was removed', async () => {
    const { inspector, client, base } = await start();
    const ids = Array.from({ length: 450 }, (_, i) => `tie-${String(i).padStart(3, '0')}`);
    await client.zadd(`${base}failed`, ...ids.flatMap((id) => [1_000, id]));
    const listed = await list(inspector, 'dead', async (page) => {
      if (page.length > 0) await client.zrem(`${base}failed`, page.at(-1)!.id);
    });
    expect(listed).toEqual(ids.toReversed());
  });
});

it('paging through thousands of jobs with the same time reads each of them once', async () => {
  const redis = await ownRedis();
  const { inspector, client, base } = await start(redis.url);
  const ids = Array.from({ length: 5_000 }, (_, i) => `tie-${String(i).padStart(4, '0')}`);
  await client.zadd(`${base}failed`, ...ids.flatMap((id) => [1_000, id]));
  await client.config('RESETSTAT');
  expect(await list(inspector, 'dead')).toEqual(ids.toReversed());
  const stats = await client.info('commandstats');
  // 51 pages with about a dozen reads each.
  const [, calls] = /cmdstat_zrevrange:calls=(\d+)/.exec(stats)!;
  expect(Number(calls)).toBeLessThan(51 * 16);
});

it('a cursor that was changed is refused', async () => {
  const { inspector, jobs } = await start();
  await jobs.enqueueAll(CountJob, numbers(3), { delay: '1h' });
  const { cursor } = await inspector.jobs('scheduled', { limit: 2, queue: 'default' });
  const [state, queue, inner] = JSON.parse(Buffer.from(cursor!, 'base64url').toString()) as string[];
  const changes = [
    { after: ['abc', 'id'] },
    { after: ['1'] },
    { after: ['1 2', 'id'] },
    { after: ['inf', 'id'] },
    { left: ['id'] },
    { place: 1 },
    { passed: -1 },
  ];
  for (const change of changes) {
    const forged = JSON.stringify({ ...(JSON.parse(inner!) as object), ...change });
    const written = Buffer.from(JSON.stringify([state, queue, forged])).toString('base64url');
    await expect(inspector.jobs('scheduled', { cursor: written, queue: 'default' })).rejects.toThrow(
      /Invalid cursor.*OPTION_INVALID/,
    );
  }
});

it('retryAll includes jobs that died by a clock that is ahead', async () => {
  const { inspector, client, base } = await start();
  const ids = ['a', 'b'];
  for (const id of ids) {
    const finishedOn = Date.now() + 30_000;
    await client.hset(base + id, {
      name: 'CountJob',
      data: '{"v":1,"payload":{"n":1}}',
      opts: '{}',
      finishedOn,
    });
    await client.zadd(`${base}failed`, finishedOn, id);
  }
  expect(await inspector.retryAll()).toBe(2);
});

it('a page is read in slices of a hundred, and no further than needed', async () => {
  const redis = await ownRedis();
  const { jobs, inspector, client } = await start(redis.url);
  await jobs.enqueueAll(CountJob, numbers(3_000));
  const calls = async (): Promise<Record<string, number>> => {
    const info = await client.info('commandstats');
    const found = [...info.matchAll(/cmdstat_(\w+):calls=(\d+)/g)];
    return Object.fromEntries(found.map(([, name, count]) => [name, Number(count)]));
  };
  await inspector.jobs('waiting', { limit: 1 });
  await client.config('RESETSTAT');
  expect((await inspector.jobs('waiting', { limit: 1_000 })).jobs).toHaveLength(1_000);
  expect(await calls()).toMatchObject({ evalsha: 10, hmget: 1_000, lrange: 10 });

  await client.config('RESETSTAT');
  const page = await inspector.jobs('waiting', { job: FailJob, limit: 10 });
  expect(page).toEqual({ jobs: [], cursor: expect.any(String) as string });
  expect(await calls()).toMatchObject({ evalsha: 10, hmget: 1_000 });
  expect((await calls()).eval).toBeUndefined();
});

it('fledge doctor checks the retention that the worker registered', async () => {
  const redis = await ownRedis(['--appendonly', 'yes']);
  const { worker, client, base } = await start(redis.url, { retention: { completed: { count: 3 } } });
  await worker.start();
  const found = async (): Promise<string | undefined> =>
    (await examineStore(redis.url)).checks.find(({ name }) => name === 'retention')?.found;
  await until('the worker has registered its retention', async () =>
    (await found())?.startsWith('at most 3 completed and 10000'),
  );
  await client.zadd(`${base}completed`, ...numbers(4).flatMap(({ n }) => [n + 1, `job-${n}`]));
  expect(await found()).toContain('default: 4 completed; Fledge keeps at most 3 completed and 10000 failed');
});

describe('the inventory on Redis', () => {
  it('runs a job that was killed as poison after it is retried', async () => {
    const { jobs, inspector, worker, client, base, event } = await start();
    const { id } = await jobs.enqueue(CountJob, { n: 1 });
    await client.hset(base + id, 'stc', 5);
    await worker.start();
    expect((await event('finished')).outcome).toMatchObject({ kind: 'killed' });
    await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
    expect((await inspector.find(id))?.error).toMatchObject({ code: 'FLEDGE_JOB_POISON' });
    await inspector.retry(id);
    await until('it has run', async () => (await inspector.find(id))?.state === 'completed');
    expect(ran.get('n1')).toBe(1);
  });

  it('lists damaged jobs with their known fields, and discards them', async () => {
    const { jobs, inspector, client, base } = await start();
    const gone = await jobs.enqueue(CountJob, { n: 1 }, { delay: '1h' });
    const garbled = await jobs.enqueue(CountJob, { n: 2 }, { delay: '2h' });
    await client.del(base + gone.id);
    await client.hset(base + garbled.id, { data: '{"v":1', opts: 'x', stacktrace: '{', progress: '(' });
    const { jobs: found } = await inspector.jobs('scheduled');
    expect(found).toMatchObject([
      { id: gone.id, name: '(no name)', damage: expect.stringContaining('only its id is left') as string },
      {
        id: garbled.id,
        name: 'CountJob',
        damage: expect.stringContaining('its "data" is not JSON') as string,
      },
    ]);
    await expect(inspector.promote(gone.id)).rejects.toThrow(/only its id is left.*It can be discarded/);
    await inspector.discard(gone.id);
    await inspector.discard(garbled.id);
    expect((await inspector.jobs('scheduled')).jobs).toEqual([]);
  });

  it('shows why another program’s job failed', async () => {
    const { inspector, worker, queue } = await start();
    const { id } = await queue.add('Foreign', { its: 'own' }, { attempts: 1 });
    await worker.start();
    const job = await until('it is dead', async () => (await inspector.jobs('dead')).jobs[0]);
    expect(job).toMatchObject({ id, name: 'Foreign' });
    expect(job.damage).toContain('FLEDGE_JOB_FOREIGN');
    expect(job.error?.message).toContain('FLEDGE_JOB_FOREIGN');
  });

  it('refuses to edit the next tick of a job scheduler, and gives the reason', async () => {
    const { inspector, queue } = await start();
    await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'CountJob', data: { v: 1 } });
    const [tick] = (await inspector.jobs('scheduled')).jobs;
    expect(tick).toMatchObject({ schedule: 'nightly', name: 'CountJob' });
    const { id } = tick!;
    const edits = [
      () => inspector.discard(id),
      () => inspector.promote(id),
      () => inspector.move(id, 'other'),
      () => inspector.reschedule(id, { delay: '1h' }),
    ];
    for (const edit of edits)
      await expect(edit()).rejects.toThrow(/next tick of the schedule nightly.*Pause the schedule/);
    expect(await inspector.discardAll('scheduled')).toBe(0);
    expect((await inspector.jobs('scheduled')).jobs).toHaveLength(1);
  });

  it('emits BullMQ’s events for edits', async () => {
    const { jobs, inspector, client, base } = await start();
    const { id } = await jobs.enqueue(CountJob, { n: 1 }, { delay: '1h' });
    const at = Date.now() + 7_200_000;
    await inspector.reschedule(id, at);
    await inspector.promote(id);
    const events = await client.xrange(`${base}events`, '-', '+');
    expect(events.map(([, fields]) => fields).slice(-2)).toEqual([
      ['event', 'delayed', 'jobId', id, 'delay', String(at)],
      ['event', 'waiting', 'jobId', id, 'prev', 'delayed'],
    ]);
  });

  it('runs each job once that is moved back and forth while workers take jobs', async () => {
    const { jobs, inspector, worker } = await start();
    const receipts = await jobs.enqueueAll(CountJob, numbers(600));
    const late = await jobs.enqueueAll(CountJob, numbers(900).slice(600), { delay: 400 });
    const ids = [...receipts, ...late].map(({ id }) => id);
    await worker.start();
    let moved = 0;
    for (const to of ['other', 'default', 'other', 'default']) {
      const edits = ids.map((id) => inspector.move(id, to).then(() => (moved += 1)));
      const results = await Promise.allSettled(edits);
      // Jobs that are running or completed cannot be moved.
      const codes = results.flatMap((result) =>
        result.status === 'rejected' ? [(result.reason as { code?: string }).code] : [],
      );
      expect([...new Set(codes)].filter((code) => code !== 'FLEDGE_JOB_STATE')).toEqual([]);
    }
    await until('all have run', () => ran.size === 900);
    await until('nothing is left', async () =>
      (await inspector.queues()).every(({ size, scheduled, running }) => size + scheduled + running === 0),
    );
    expect([...ran.values()].filter((times) => times !== 1)).toEqual([]);
    expect(moved).toBeGreaterThan(300);
  });
});
