import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Job } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { Store } from '../../src/jobs/store.js';
import type { Schedule, Timetable } from '../../src/jobs/timetable.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';

@Job()
class NoteJob {
  async perform(_: { what: string }): Promise<void> {}
}

interface Opened {
  readonly timetable: Timetable;
  readonly client: Redis;
  /** The keys of all schedules begin with this. */
  readonly key: string;
  readonly queue: Queue;
}

/** A store's timetable, without a worker that would look after it. */
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
  const base = { job: 'NoteJob', queue: 'default', missed: 'skip', attempts: 1, priority: undefined } as const;
  return { ...base, name, timing: { every }, envelope, fingerprint };
}

/** Lets a timetable fail where it asks for BullMQ's queue: the record is written by then, the job scheduler is not. */
async function interrupted(timetable: Timetable, work: () => Promise<void>): Promise<void> {
  const { store } = timetable as unknown as { store: { queue: unknown } };
  const { queue } = store;
  store.queue = async () => {
    throw new Error('ECONNRESET');
  };
  await expect(work()).rejects.toThrow();
  store.queue = queue;
}

describe('a timetable on Redis', () => {
  it('shows that a change was interrupted, so that it is made again', async () => {
    const { timetable, queue } = await open();
    await timetable.plan(everyMs(3_600_000));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '3600000' }]);
    await interrupted(timetable, () => timetable.plan(everyMs(7_200_000)));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '' }]);
    await timetable.plan(everyMs(7_200_000));
    expect(await timetable.list()).toMatchObject([{ fingerprint: '7200000' }]);
    expect(await queue.getJobSchedulers()).toMatchObject([{ pattern: '@every 7200000' }]);
  });
});
