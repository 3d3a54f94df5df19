import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Job } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { reconcile } from '../../src/jobs/schedules/reconcile.js';
import { Store } from '../../src/jobs/store/store.js';
import type { Schedule, Timetable } from '../../src/jobs/store/timetable.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';

@Job()
class NoteJob {
  async perform(_payload: { what: string }): Promise<void> {}
}

interface Opened {
  readonly timetable: Timetable;
  readonly client: Redis;
  /** The prefix of the keys of all schedules. */
  readonly key: string;
  readonly queue: Queue;
}

/** The timetable of a store, without a worker that would correct it. */
async function open(url = privateUrl(inject('redisUrl'))): Promise<Opened> {
  const { app } = await jobsApp({ url }, [NoteJob]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  const prefix = `{${searchParams.get('prefix')}}`;
  const queue = new Queue('default', { connection: client, prefix, skipVersionCheck: true });
  onTestFinished(async () => {
    await queue.close();
    client.disconnect();
  });
  return { timetable: app.get(Store).timetable, client, key: `${prefix}:$schedules`, queue };
}

function everyMs(every: number, name = 'a', fingerprint = String(every)): Schedule {
  const envelope = { v: 1, payload: { what: name } } as const;
  const base = {
    job: 'NoteJob',
    queue: 'default',
    missed: 'skip',
    attempts: 1,
    priority: undefined,
  } as const;
  return { ...base, name, timing: { every }, envelope, fingerprint };
}

/** Makes a timetable fail when it opens BullMQ's queue. By then the record is written, but not the job scheduler. */
async function interrupted(timetable: Timetable, work: () => Promise<void>): Promise<void> {
  const { store } = timetable as unknown as { store: { queue: unknown } };
  const { queue } = store;
  store.queue = async () => {
    throw new Error('ECONNRESET');
  };
  await expect(work()).rejects.toThrow();
  store.queue = queue;
}

/** Runs a function as a process would whose clock is this many milliseconds ahead. */
async function ahead(ms: number, work: () => Promise<void>): Promise<void> {
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  await work().finally(() => spy.mockRestore());
}

describe('a timetable on Redis', () => {
  it('shows an interrupted change, so that it is repeated', async () => {
    const { timetable, queue } = await open();
    await timetable.plan(everyMs(3_600_000));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '3600000' }]);
    await interrupted(timetable, () => timetable.plan(everyMs(7_200_000)));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '' }]);
    await timetable.plan(everyMs(7_200_000));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '7200000' }]);
    expect(await queue.getJobSchedulers()).toMatchObject([{ pattern: '@every 7200000' }]);
  });

  it('plans by the server’s clock, and after a tick that has started', async () => {
    const { timetable, queue } = await open();
    const nextOf = async (): Promise<number> => (await timetable.list())[0]!.next!;
    const before = Date.now();
    await ahead(-300_000, () => timetable.plan(everyMs(2_000)));
    expect(await nextOf()).toBeGreaterThan(before);
    const last = Math.ceil(Date.now() / 60_000) * 60_000 + 60_000;
    await timetable.started('a', last);
    await timetable.plan(everyMs(60_000));
    expect(await nextOf()).toBe(last + 60_000);
    await timetable.pause('a');
    await ahead(-300_000, () => timetable.resume('a'));
    expect(await nextOf()).toBe(last + 60_000);
    expect((await queue.getDelayed()).map(({ id }) => id)).toEqual([`repeat:fledge-a:${last + 60_000}`]);
  });

  it('leaves a resumed schedule for workers to plan if this process’s clock is ahead', async () => {
    const { timetable } = await open();
    await timetable.plan(everyMs(60_000));
    await timetable.pause('a');
    await ahead(300_000, () => timetable.resume('a'));
    const planned = await timetable.list();
    expect(planned).toMatchObject([{ paused: false, next: undefined }]);
    expect(reconcile([everyMs(60_000)], planned)).toMatchObject([{ as: 'restored' }]);
  });

  it('shows an interrupted pause, so that it is completed', async () => {
    const { timetable, queue } = await open();
    await timetable.plan(everyMs(60_000));
    await interrupted(timetable, () => timetable.pause('a'));
    const planned = await timetable.list();
    expect(reconcile([everyMs(60_000)], planned)).toMatchObject([{ as: 'paused' }]);
    await timetable.pause('a');
    expect(reconcile([everyMs(60_000)], await timetable.list())).toEqual([]);
    expect(await queue.getDelayedCount()).toBe(0);
  });

  it('forgets the pause of a schedule a week after its removal', async () => {
    const { timetable, client, key } = await open();
    for (const name of ['a', 'b']) {
      await timetable.plan(everyMs(60_000, name));
      await timetable.pause(name);
      await timetable.remove(name, 'declared');
    }
    const weekAgo = Date.now() - 7 * 86_400_000 - 1;
    await client.hset(`${key}:paused`, { a: weekAgo, c: weekAgo });
    for (const name of ['a', 'b']) await timetable.plan(everyMs(60_000, name));
    expect(await timetable.list()).toMatchObject([{ paused: false }, { paused: true, next: undefined }]);
    await timetable.remove('b', 'declared');
    expect(await client.hkeys(`${key}:paused`)).toEqual(['b']);
  });

  it('returns whether a queue was served at a time, and ignores workers that stopped long ago', async () => {
    const { timetable, client, key } = await open();
    const worked = (from: number, till: number) => client.hset(`${key}:worked`, 'default', `${from} ${till}`);
    const now = Date.now();
    expect(await timetable.wasServed('default', now)).toBe(true);
    await worked(now - 100_000, now - 40_000);
    expect(await timetable.wasServed('default', now - 10_000)).toBe(true);
    expect(await timetable.wasServed('default', now - 110_000)).toBe(false);
    await worked(now - 21_700_000, now - 21_610_000);
    expect(await timetable.wasServed('default', now - 21_650_000)).toBe(true);
    expect(await timetable.wasServed('default', now - 21_600_000)).toBe(false);
  });

  it('follows the newest set of schedules, and an empty set only if there is no other', async () => {
    const { timetable, client, key } = await open();
    const vote = (set: string) => timetable.campaign(`worker of ${set}`, set, ['default']);
    expect(await vote('none')).toBe('leads');
    expect(await vote('old')).toBe('leads');
    await client.hset(`${key}:votes`, 'old', `${Date.now() - 1_000} ${Date.now()}`);
    expect(await vote('new')).toBe('leads');
    expect(await vote('old')).toBe('lost');
    await client.hdel(`${key}:votes`, 'none');
    expect(await vote('none')).toBe('lost');
    expect(await timetable.campaign('another', 'new', ['default'])).toBe('won');
    await client.hdel(`${key}:votes`, 'old', 'new');
    expect(await vote('none')).toBe('leads');
  });
});
