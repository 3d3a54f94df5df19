import { Redis } from 'ioredis';
import { Job, type JobContext } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { letWait, placesOf, plant, soundHash, type StoredHash } from '../support/damage.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
/** Called by a running job. It damages the job's record. */
let whileItRuns: (context: JobContext) => Promise<unknown> = async () => undefined;

@Job()
class GoodJob {
  async perform({ n }: { n: number }): Promise<void> {
    ran.push(`good ${n}`);
  }
}

@Job({ attempts: 3, backoff: 10 })
class PlainJob {
  async perform(_payload: undefined, { id }: JobContext): Promise<void> {
    ran.push(`plain ${id}`);
  }
}

@Job({ attempts: 2, backoff: 10 })
class ChangingJob {
  async perform(_payload: undefined, context: JobContext): Promise<void> {
    ran.push(`changing ${context.attempt}`);
    await whileItRuns(context);
  }
}

interface App extends JobsApp {
  readonly client: Redis;
  readonly base: string;
}

async function start(concurrency = 2): Promise<App> {
  ran.length = 0;
  const url = privateUrl(inject('redisUrl'));
  const app = await jobsApp({ url, queues: { default: { concurrency } } }, [GoodJob, PlainJob, ChangingJob]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port) });
  onTestFinished(() => client.disconnect());
  return { ...app, client, base: `{${searchParams.get('prefix')}}:default:` };
}

function killed({ events }: App): string[] {
  return events.flatMap((event) =>
    event.type === 'finished' && event.outcome.kind === 'killed' ? [event.id] : [],
  );
}

function storeTroubles({ events }: App): unknown[] {
  return events.filter(({ type }) => type === 'store-error' || type === 'job-left');
}

const sound = soundHash('PlainJob');

const kinds: Readonly<Record<string, StoredHash>> = {
  'a key that is a string': 'string',
  'a key that is a list': 'list',
  'a key that is a sorted set': 'zset',
  'a hash that is gone': undefined,
  'a start count that is not a number': { ...sound, ats: 'x' },
  'a start count that cannot be counted up': { ...sound, ats: '9223372036854775807' },
  'an attempt count that is not a number': { ...sound, atm: 'x' },
  'a crash count that is not a number': { ...sound, stc: 'NaN' },
  'a priority that is not a number': { ...sound, priority: 'nan' },
  'opts that are not JSON': { ...sound, opts: '{{{' },
  'opts that are null': { ...sound, opts: 'null' },
  'opts whose attempts are an object': { ...sound, opts: '{"attempts":{"toString":1}}' },
  'opts whose delay is an object': { ...sound, opts: '{"delay":{"toString":1}}' },
  'opts whose retention is of the wrong type': {
    ...sound,
    opts: '{"removeOnComplete":{"age":"x","count":[]}}',
  },
  'opts whose stack limit is an object': { ...sound, opts: '{"stackTraceLimit":{"toString":1}}' },
  'opts whose parent is an object of objects': { ...sound, opts: '{"parent":{"id":{"toString":1}}}' },
  'progress that is not JSON': { ...sound, progress: '{{{' },
  'a parent that is not JSON': { ...sound, parent: '{{{', parentKey: 'x' },
  'a parent of the wrong type': { ...sound, parent: '{"id":{},"queueKey":5}', parentKey: 'x' },
  'an unknown scheduler': { ...sound, rjk: 'unknown' },
  'the id of another job': { ...sound, id: 'another' },
  'data that is not JSON': { ...sound, data: '{{{' },
  'an envelope with a field of the wrong type': { ...sound, data: '{"v":1,"meta":5}' },
};

describe('a damaged job', () => {
  it.each(Object.entries(kinds))('with %s goes to the dead set, and the queue continues', async (_, hash) => {
    const app = await start();
    const { client, base, jobs, worker } = app;
    const planted = [];
    for (let i = 0; i < 10; i++) planted.push(await plant(client, base, hash));
    await letWait(client, base, ...planted);
    await worker.start();
    for (let n = 0; n < 20; n++) await jobs.enqueue(GoodJob, { n });
    await until('all good jobs have run', () => ran.filter((one) => one.startsWith('good')).length === 20);
    const ids = planted.map(({ id }) => String(id));
    await until('all damaged ones are reported', () => killed(app).length === 10);
    expect(killed(app).toSorted()).toEqual(ids.toSorted());
    await until('all are in the dead set', async () => (await client.zcard(`${base}failed`)) === 10);
    for (const { id, key } of planted) {
      expect(await placesOf(client, base, id)).toEqual(['failed']);
      expect(await client.hget(key as unknown as string, 'failedReason')).toContain(
        'FLEDGE_ENVELOPE_DAMAGED',
      );
      expect(await client.exists(Buffer.concat([key, Buffer.from(':lock')]))).toBe(0);
    }
    expect(ran.filter((one) => one.startsWith('plain'))).toEqual([]);
    expect(storeTroubles(app)).toEqual([]);
  });
});

it('a job whose attempt count only begins with a number runs once and then dies', async () => {
  const app = await start();
  const { client, base, worker } = app;
  const { id, ...planted } = await plant(client, base, { ...sound, atm: '5x' });
  await letWait(client, base, { id, ...planted });
  await worker.start();
  await until('it is reported', () => killed(app).length === 1);
  expect(ran).toEqual([`plain ${String(id)}`]);
  expect(await placesOf(client, base, id)).toEqual(['failed']);
});

it('a job whose id is not UTF-8 dies, and its id is shown as bytes', async () => {
  const app = await start();
  const { client, base, worker, jobs } = app;
  const id = Buffer.from([0xff, 0x41]);
  await letWait(client, base, await plant(client, base, sound, id));
  await worker.start();
  await jobs.enqueue(GoodJob, { n: 1 });
  await until('it is reported', () => killed(app).length === 1);
  expect(killed(app)).toEqual(['bytes:ff41']);
  expect(await placesOf(client, base, id)).toEqual(['failed']);
  await until('the other job has run', () => ran.includes('good 1'));
  expect(ran).toEqual(['good 1']);
});

describe('damage to a job while it runs', () => {
  const damages: readonly [string, (client: Redis, key: string) => Promise<unknown>][] = [
    ['its attempt count', (client, key) => client.hset(key, 'atm', 'x')],
    ['its parent', (client, key) => client.hset(key, 'parent', '{{{')],
    ['the keys next to its hash', (client, key) => client.set(`${key}:dependencies`, 'x')],
    [
      'the type of its key',
      async (client, key) => {
        await client.del(key);
        await client.set(key, 'x');
      },
    ],
  ];

  it.each(damages)('%s: the job goes to the dead set, and the next one runs', async (_, damage) => {
    const app = await start(1);
    const { client, base, worker, jobs } = app;
    whileItRuns = ({ id }) => damage(client, base + id);
    const { id } = await jobs.enqueue(ChangingJob);
    await jobs.enqueue(GoodJob, { n: 1 });
    await worker.start();
    await until('the next one has run', () => ran.includes('good 1'));
    await until('it is dead', async () => (await placesOf(client, base, id)).join() === 'failed');
    expect(ran).toEqual(['changing 1', 'good 1']);
    expect(killed(app)).toEqual([id]);
    expect(storeTroubles(app)).toEqual([]);
  });

  it('a job whose note fails does not wait for another reply of the store', async () => {
    const app = await start(1);
    const { client, base, worker, jobs } = app;
    let failure: unknown;
    whileItRuns = async (context) => {
      await client.del(base + context.id);
      await client.set(base + context.id, 'x');
      await context.note('a', 1).catch((error: unknown) => (failure = error));
    };
    const { id } = await jobs.enqueue(ChangingJob);
    await worker.start();
    await until('it is dead', async () => (await placesOf(client, base, id)).join() === 'failed');
    expect(failure).toBeInstanceOf(Error);
  });

  it('a failed job that cannot be scheduled again dies', async () => {
    const app = await start(1);
    const { client, base, worker, jobs } = app;
    whileItRuns = async ({ id }) => {
      await client.hset(base + id, 'atm', 'x');
      throw new Error('not yet');
    };
    const { id } = await jobs.enqueue(ChangingJob);
    await jobs.enqueue(GoodJob, { n: 1 });
    await worker.start();
    await until('the next one has run', () => ran.includes('good 1'));
    await until('it is dead', async () => (await placesOf(client, base, id)).join() === 'failed');
    expect(ran).toEqual(['changing 1', 'good 1']);
  });
});

describe('damage that would make BullMQ lose other jobs', () => {
  it.each([
    ['a key of another type', 'string'],
    ['a priority that is not a number', { ...sound, priority: 'nan' }],
  ] as const)('a scheduled job with %s: the jobs that are due with it run', async (_, hash) => {
    const app = await start();
    const { client, base, worker, jobs } = app;
    const due = Date.now() + 500;
    for (let n = 0; n < 5; n++) await jobs.enqueue(GoodJob, { n }, { at: due });
    const planted = await plant(client, base, hash);
    await client.zadd(`${base}delayed`, (Date.now() - 1_000) * 0x1000, planted.id);
    await worker.start();
    await until('the good ones have run', () => ran.length === 5);
    expect(await placesOf(client, base, planted.id)).toEqual(['failed']);
  });

  it.each([
    ['a key of another type', 'string'],
    ['a crash count that is not a number', { ...sound, stc: 'x' }],
  ] as const)('a job of a dead worker with %s: the others are recovered', async (_, hash) => {
    const app = await start();
    const { client, base, worker } = app;
    const damaged = await plant(client, base, hash);
    const other = await plant(client, base, soundHash('GoodJob', { n: 7 }));
    for (const { id } of [damaged, other]) await client.lpush(`${base}active`, id);
    await worker.start();
    await until('the other one has run', () => ran.includes('good 7'));
    await until(
      'the damaged one is dead',
      async () => (await placesOf(client, base, damaged.id)).join() === 'failed',
    );
  });

  it('a damaged priority counter of a queue: jobs with a priority run', async () => {
    const { client, base, worker, jobs } = await start();
    await client.set(`${base}pc`, 'x');
    const due = Date.now() + 3_000;
    const planted = await plant(client, base, { ...soundHash('GoodJob', { n: 3 }), priority: '5' });
    await client.zadd(`${base}delayed`, due * 0x1000, planted.id);
    await worker.start();
    await until('it has run', () => ran.includes('good 3'));
    await jobs.enqueue(GoodJob, { n: 4 }, { priority: 2 });
    await until('another one has run', () => ran.includes('good 4'));
  });

  it('a damaged finished job: other jobs complete', async () => {
    const { client, base, worker, jobs } = await start();
    const old = await plant(client, base, 'string');
    await client.zadd(`${base}completed`, 1, old.id);
    await worker.start();
    for (let n = 0; n < 10; n++) await jobs.enqueue(GoodJob, { n });
    await until('all have completed', async () => (await client.zcard(`${base}completed`)) === 10);
    expect(ran.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `good ${n}`));
  });
});

it('a job is not treated as damaged because its queue’s own keys are damaged', async () => {
  const app = await start();
  const { client, base, worker, jobs } = app;
  await jobs.enqueue(GoodJob, { n: 1 });
  await client.del(`${base}events`);
  await client.set(`${base}events`, 'x');
  await worker.start();
  await until('the problem is reported', () => storeTroubles(app).length > 0);
  expect(killed(app)).toEqual([]);
  await client.del(`${base}events`);
  await until('the job runs once that is over', () => ran.includes('good 1'));
});
