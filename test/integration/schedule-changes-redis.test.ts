import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsInspector } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { CAMPAIGN_EVERY } from '../../src/jobs/schedules/scheduler.js';
import { Store } from '../../src/jobs/store/store.js';
import type { Schedule, Timetable } from '../../src/jobs/store/timetable.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { providedValue } from '../support/provided-value.js';
import { disagreements } from '../support/schedule-state.js';
import { until } from '../support/until.js';

@Job()
class DigestJob {
  async perform(_payload: { user: number }): Promise<void> {}
}

const queues = ['default', 'mailers'] as const;
const yearly = { cron: '0 0 1 1 *' } as const;
const monthly = { cron: '0 0 1 * *' } as const;
/** The default is 15 s, which is too long for a test. */
const campaignOften = providedValue(CAMPAIGN_EVERY, 200);

interface Opened {
  readonly url: string;
  readonly client: Redis;
  readonly prefix: string;
  /** What does not agree in the store. */
  readonly wrong: () => Promise<string[]>;
  /** Starts one more application on this store. */
  readonly open: () => Promise<JobsApp>;
}

function newStore(): Opened {
  const url = privateUrl(inject('redisUrl'));
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  const prefix = `{${searchParams.get('prefix')}}`;
  onTestFinished(() => client.disconnect());
  const wrong = (): Promise<string[]> => disagreements(client, prefix, queues);
  return { url, client, prefix, wrong, open: () => jobsApp({ url }, [DigestJob], [campaignOften]) };
}

const timetableOf = ({ app }: JobsApp): Timetable => app.get(Store).timetable;

function scheduleOf(name: string, fingerprint: string, queue: string = 'default'): Schedule {
  const envelope = {
    v: 1,
    payload: { user: 1 },
    tick: { schedule: name, timing: { every: 3_600_000 }, missed: 'skip' },
  } as const;
  const base = { job: 'DigestJob', missed: 'skip', attempts: 1, priority: undefined } as const;
  return { ...base, name, queue, timing: { every: 3_600_000 }, envelope, fingerprint };
}

const madeOf = (...of: Parameters<typeof scheduleOf>): Schedule => ({ ...scheduleOf(...of), runtime: true });

type Change = (timetable: Timetable, name: string) => Promise<unknown>;

const changes: Readonly<Record<string, Change>> = {
  upsert: (timetable, name) => timetable.upsert(madeOf(name, 'a')),
  change: (timetable, name) => timetable.upsert(madeOf(name, 'b')),
  move: (timetable, name) => timetable.upsert(madeOf(name, 'c', 'mailers')),
  removal: (timetable, name) => timetable.remove(name, 'runtime'),
  pause: (timetable, name) => timetable.pause(name),
  resumption: (timetable, name) => timetable.resume(name),
};

interface Internals {
  store: { queue: (name: string) => Promise<unknown>; client: Redis };
}

/** Holds a process where it is about to use BullMQ's queue, by which time it has written its record. */
function holdPlanning(app: JobsApp): { reached: Promise<void>; release: () => void } {
  const { store } = timetableOf(app) as unknown as Internals;
  const { queue } = store;
  const open = { release: (): void => undefined };
  const gate = new Promise<void>((resolve) => (open.release = resolve));
  const reached = new Promise<void>((resolve) => {
    store.queue = async (name) => {
      store.queue = queue;
      resolve();
      await gate;
      return queue(name);
    };
  });
  return { reached, release: () => open.release() };
}

/** Lets a process send this many more commands and then none, as if it had been killed. Resolves when `work` has ended. */
async function killedAfter(app: JobsApp, commands: number, work: () => Promise<unknown>): Promise<boolean> {
  const { client } = (timetableOf(app) as unknown as Internals).store;
  const sendCommand = client.sendCommand.bind(client);
  let left = commands;
  client.sendCommand = (command, stream) => {
    if (left-- > 0) return sendCommand(command, stream);
    command.reject(new Error('killed'));
    return command.promise;
  };
  const isDone = await work().then(
    () => left >= 0,
    () => false,
  );
  client.sendCommand = sendCommand;
  return isDone;
}

describe('changes to a schedule at the same time, on Redis', () => {
  it('a removal while another process plans the schedule leaves nothing', async () => {
    const { open, wrong, client, prefix } = newStore();
    const [web, other] = [await open(), await open()];
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
    const { reached, release } = holdPlanning(web);
    const upserted = web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...monthly });
    await reached;
    expect(await other.jobs.schedules.remove('digest')).toBe(true);
    release();
    await upserted;
    expect(await wrong()).toEqual([]);
    expect(await client.zcard(`${prefix}:default:repeat`)).toBe(0);
  });

  it('an upsert while another process removes the schedule is planned', async () => {
    const { open, wrong, client, prefix } = newStore();
    const [web, other] = [await open(), await open()];
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
    const { reached, release } = holdPlanning(web);
    const removed = web.jobs.schedules.remove('digest');
    await reached;
    await other.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...monthly });
    release();
    expect(await removed).toBe(true);
    expect(await wrong()).toEqual([]);
    expect(await client.zcard(`${prefix}:default:repeat`)).toBe(1);
  });

  it('of two upserts with different queues, one remains', async () => {
    const { open, wrong, client, prefix } = newStore();
    const [web, other] = [await open(), await open()];
    const { reached, release } = holdPlanning(web);
    const first = web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
    await reached;
    await other.jobs.schedules.upsert(
      DigestJob,
      { user: 2 },
      { name: 'digest', ...yearly, queue: 'mailers' },
    );
    release();
    await first;
    expect(await wrong()).toEqual([]);
    expect(await client.zcard(`${prefix}:mailers:repeat`)).toBe(1);
  });

  it('a resumption while another process pauses the schedule is planned', async () => {
    const { open, wrong, client, prefix } = newStore();
    const [web, other] = [await open(), await open()];
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
    const { reached, release } = holdPlanning(web);
    const paused = web.app.get(JobsInspector).pauseSchedule('digest');
    await reached;
    await other.app.get(JobsInspector).resumeSchedule('digest');
    release();
    await paused;
    expect(await wrong()).toEqual([]);
    expect(await client.zcard(`${prefix}:default:repeat`)).toBe(1);
  });

  const names = Object.keys(changes);
  const pairs = names.flatMap((one, i) => names.slice(i).map((other) => [one, other] as const));

  it('all pairs of changes, many times, leave records and job schedulers that agree, without any worker', async () => {
    const { open, wrong } = newStore();
    const [web, other] = await Promise.all([open(), open()]);
    for (let round = 0; round < 12; round++) {
      const all = pairs.map(async ([left, right], i) => {
        const name = `s${round}-${i}`;
        if (round % 3 !== 0) await changes.upsert!(timetableOf(web), name);
        if (round % 3 === 2) await changes.pause!(timetableOf(web), name);
        await Promise.all([
          changes[left]!(timetableOf(web), name),
          changes[right]!(timetableOf(other), name),
        ]);
      });
      await Promise.all(all);
    }
    expect(await wrong()).toEqual([]);
  });

  it('of two removals one returns true', async () => {
    const { open } = newStore();
    const [web, other] = [await open(), await open()];
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
    const both = await Promise.all([
      web.jobs.schedules.remove('digest'),
      other.jobs.schedules.remove('digest'),
    ]);
    expect(both.toSorted()).toEqual([false, true]);
  });
});

describe('a leader on Redis', () => {
  it('completes each change of a process that was killed between any two commands', async () => {
    const { open, wrong } = newStore();
    const web = await open();
    const timetable = timetableOf(web);
    // The queues are open, and the scripts are loaded, so the process sends no other commands.
    for (const change of Object.values(changes)) await change(timetable, 'warm');
    let killed = 0;
    for (const [kind, change] of Object.entries(changes)) {
      for (let commands = 0, isDone = false; !isDone; commands++) {
        const name = `${kind}-${commands}`;
        if (kind !== 'upsert') await timetable.upsert(madeOf(name, 'a'));
        if (kind === 'resumption') await timetable.pause(name);
        isDone = await killedAfter(web, commands, () => change(timetable, name));
        if (!isDone) killed++;
      }
    }
    expect(killed).toBeGreaterThan(20);
    expect(await wrong()).not.toEqual([]);
    const { worker } = await open();
    await worker.start();
    await until('the store agrees again', async () => (await wrong()).length === 0);
  });

  it('removes job schedulers without a record, and none that is not Fledge’s', async () => {
    const { open, wrong, client, prefix } = newStore();
    const web = await open();
    const timetable = timetableOf(web);
    for (const name of ['no-record', 'kept']) await timetable.upsert(madeOf(name, 'a'));
    await timetable.plan(scheduleOf('declared', 'a'));
    await timetable.plan(scheduleOf('moved', 'a'));
    const key = `${prefix}:$schedules`;
    await client.hdel(`${key}:runtime`, 'no-record');
    await client.zrem(`${key}:runtime:names`, 'no-record');
    await client.hdel(key, 'declared');
    const moved = JSON.parse((await client.hget(key, 'moved')) ?? '') as object;
    await client.hdel(key, 'moved');
    await client.hset(`${key}:runtime`, 'moved', JSON.stringify({ ...moved, queue: 'mailers' }));
    await client.zadd(`${key}:runtime:names`, 0, 'moved');
    const queue = new Queue('default', { connection: client, prefix, skipVersionCheck: true });
    const own = ['fledge-mine', 'fledge-50%', 'mine', 'fledge-kept-not'];
    for (const id of own)
      await queue.upsertJobScheduler(id, { pattern: '0 0 1 1 *' }, { name: 'x', data: { v: 1 } });
    await queue.upsertJobScheduler('fledge-empty', { pattern: '0 0 1 1 *' });
    const { worker, event } = await open();
    await worker.start();
    expect(await event('schedule-corrected', ({ schedule }) => schedule === 'no-record')).toMatchObject({
      change: 'stopped',
      job: 'DigestJob',
      queue: 'default',
      timing: { every: 3_600_000 },
    });
    await until('the others are gone', async () => {
      const left = (await queue.getJobSchedulers()).map(({ key: id }) => id).toSorted();
      return left.join() === [...own, 'fledge-empty', 'fledge-kept'].toSorted().join();
    });
    await until('the moved one is planned', async () =>
      (await wrong()).every((one) => !one.startsWith('missing')),
    );
    await queue.close();
  });

  it('does not undo what changed since it read the schedules', async () => {
    const { open, wrong, client, prefix } = newStore();
    const web = await open();
    const names = ['changed', 'removed', 'moved', 'paused', 'resumed', 'kept'];
    const timetable = timetableOf(web);
    for (const name of names) await timetable.upsert(madeOf(name, 'a'));
    await timetable.pause('resumed');
    const keys = await client.keys(`${prefix}:default:*`);
    // The server has lost the queue, and the paused schedule still ticks.
    await client.del(...keys.filter((key) => !key.includes('resumed')));
    await client.hdel(`${prefix}:$schedules:paused`, 'resumed');
    await timetable.resume('resumed');
    await client.hset(`${prefix}:$schedules:paused`, 'resumed', '');
    const leader = await open();
    const reading = timetableOf(leader) as { strays: Timetable['strays'] };
    const { strays } = reading;
    let seen: string[] | undefined;
    reading.strays = async (after) => {
      const slice = await strays.call(reading, after);
      if (seen) return slice;
      seen = slice.schedules.map(({ name }) => name).toSorted();
      await timetable.upsert(madeOf('changed', 'b'));
      await timetable.remove('removed', 'runtime');
      await timetable.upsert(madeOf('moved', 'c', 'mailers'));
      await timetable.pause('paused');
      await timetable.resume('resumed');
      return slice;
    };
    await leader.worker.start();
    await until('the strays are restored', async () => seen && (await wrong()).length === 0);
    await leader.close();
    expect(seen).toEqual(names.toSorted());
    const { schedules } = await timetable.page({ limit: 10 });
    expect(schedules).toMatchObject([
      { name: 'changed', fingerprint: 'b', paused: false },
      { name: 'kept', fingerprint: 'a', paused: false },
      { name: 'moved', fingerprint: 'c', queue: 'mailers', paused: false },
      { name: 'paused', paused: true, next: undefined },
      { name: 'resumed', paused: false },
    ]);
    expect(schedules).toHaveLength(5);
    expect(await wrong()).toEqual([]);
  });
});
