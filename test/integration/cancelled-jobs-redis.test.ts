import { Redis } from 'ioredis';
import { Job, JobsInspector } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { CancelledJobs } from '../../src/jobs/engines/bull/keys/cancelled-jobs.js';
import { cancellationsLast, mostCancelledJobs } from '../../src/jobs/store/cancellations.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';

@Job()
class NoteJob {
  async perform(_payload: { note: string }): Promise<void> {}
}

let stores = 0;

interface Opened {
  readonly client: Redis;
  readonly cancelled: CancelledJobs;
  /** The hash with what is known of each job. */
  readonly jobs: string;
  /** The sorted set of the ids. */
  readonly order: string;
  /** Remembers a job and expects that it is found. */
  readonly remember: (id: string) => Promise<void>;
}

function open(url = inject('redisUrl'), prefix = `{cancelled-${process.pid}-${++stores}}`): Opened {
  const { hostname: host, port } = new URL(url);
  const client = new Redis({ host, port: Number(port) });
  onTestFinished(() => client.disconnect());
  const cancelled = new CancelledJobs(client, prefix);
  const remember = async (id: string): Promise<void> => {
    await cancelled.remember('default', id, 'NoteJob', { at: Date.now(), reason: 'test' });
    expect(await cancelled.find(id)).toMatchObject({ id, name: 'NoteJob', queue: 'default', reason: 'test' });
  };
  return {
    client,
    cancelled,
    jobs: `${prefix}:$cancelled-jobs`,
    order: `${prefix}:$cancelled-order`,
    remember,
  };
}

describe('on redis: the cancelled jobs', () => {
  it('are forgotten after a week, one by one', async () => {
    const { client, cancelled, jobs, order, remember } = open();
    await remember('old');
    await remember('young');
    await client.zadd(order, String(Date.now() - cancellationsLast - 1), 'old');
    await remember('new');
    expect(await cancelled.find('old')).toBeUndefined();
    expect((await client.hkeys(jobs)).toSorted()).toEqual(['new', 'young']);
    expect(await client.zcard(order)).toBe(2);
  });

  it('are forgotten all together when nothing is cancelled for a week', async () => {
    const { client, jobs, order, remember } = open();
    await remember('one');
    for (const key of [jobs, order]) {
      const left = await client.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(cancellationsLast);
    }
  });

  it('are the newest 10,000 at most', async () => {
    const { client, cancelled, jobs, order, remember } = open();
    await client.eval(
      "for n = 1, ARGV[1] do redis.call('HSET', KEYS[1], 'id' .. n, '{}') redis.call('ZADD', KEYS[2], ARGV[2] + n, 'id' .. n) end",
      2,
      jobs,
      order,
      String(mostCancelledJobs + 10),
      String(Date.now() - 60_000),
    );
    await remember('newest');
    expect([await client.hlen(jobs), await client.zcard(order)]).toEqual([
      mostCancelledJobs,
      mostCancelledJobs,
    ]);
    expect(await client.hexists(jobs, 'id11')).toBe(0);
    expect(await client.hexists(jobs, 'id12')).toBe(1);
    expect(await cancelled.find('id12')).toBeUndefined();
  });

  it.each<[string, (opened: Opened) => Promise<unknown>]>([
    ['texts in place of the keys', ({ client, jobs, order }) => client.mset(jobs, 'x', order, 'x')],
    [
      'a list and a set',
      ({ client, jobs, order }) => Promise.all([client.lpush(jobs, 'x'), client.sadd(order, 'x')]),
    ],
    [
      'a record that is not JSON',
      ({ client, jobs }) => client.hset(jobs, 'broken', Buffer.from([0xff, 0x7b])),
    ],
    [
      'a record of another shape',
      ({ client, jobs }) => client.hset(jobs, 'broken', '{"at":"soon","queue":7}'),
    ],
  ])('can be read and written after another program wrote %s', async (_, write) => {
    const opened = open();
    await write(opened);
    expect(await opened.cancelled.find('broken')).toBeUndefined();
    await opened.remember('next');
  });

  it('are remembered by a server whose memory is full', async () => {
    const { url } = await ownRedis();
    const { client } = open(url);
    const { app, jobs } = await jobsApp({ url }, [NoteJob]);
    const one = await jobs.enqueue(NoteJob, { note: 'x' }, { delay: '1h' });
    const two = await jobs.enqueue(NoteJob, { note: 'y' });
    await client.config('SET', 'maxmemory', '1');
    await expect(client.set('other', 'x')).rejects.toThrow(/OOM/);
    const inspector = app.get(JobsInspector);
    for (const { id } of [one, two]) {
      expect(await jobs.cancel(id, { reason: 'full' })).toEqual({ removed: 1, signalled: 0 });
      expect(await inspector.find(id)).toBeUndefined();
      expect(await inspector.cancelled(id)).toMatchObject({ name: 'NoteJob', reason: 'full' });
    }
  });

  it('cost nothing before the first cancellation', async () => {
    const { url } = await ownRedis();
    const { client, jobs: key, order } = open(url, '{fledge}');
    const { jobs, app, worker, event } = await jobsApp({ url }, [NoteJob]);
    await worker.start();
    const { id } = await jobs.enqueue(NoteJob, { note: 'x' });
    await event('finished');
    expect(await client.exists(key, order)).toBe(0);
    await app.get(JobsInspector).discard(id);
    expect(await client.exists(key, order)).toBe(0);
  });
});
