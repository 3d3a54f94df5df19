import { Redis } from 'ioredis';
import { Job, JobsInspector, type JobRecord } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { listSchedules } from '../../src/jobs/schedules/schedule-commands.js';
import { Store } from '../../src/jobs/store/store.js';
import { placesOf, plant, soundHash, type StoredHash } from '../support/damage.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

@Job()
class PlainJob {
  async perform(): Promise<void> {}
}

@Job({ queue: 'other' })
class OtherJob {
  async perform(): Promise<void> {}
}

@Job({ every: '1s' })
class PulseJob {
  async perform(): Promise<void> {}
}

interface App extends JobsApp {
  readonly client: Redis;
  readonly prefix: string;
  readonly base: string;
  readonly inspector: JobsInspector;
  readonly store: Store;
}

async function start(): Promise<App> {
  const url = privateUrl(inject('redisUrl'));
  const queues = { default: {}, other: {} };
  const app = await jobsApp({ url, queues, watchInterval: 50 }, [PlainJob, OtherJob, PulseJob]);
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port) });
  onTestFinished(() => client.disconnect());
  const prefix = `{${searchParams.get('prefix')}}`;
  const inspector = app.app.get(JobsInspector);
  return { ...app, client, prefix, base: `${prefix}:default:`, inspector, store: app.app.get(Store) };
}

function deep(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

const sound = soundHash('PlainJob');
const withError = (error: string): StoredHash => ({ ...sound, data: `{"v":1,"error":${error}}` });

const damaged: Readonly<Record<string, StoredHash>> = {
  'a key that is a string': 'string',
  'a hash that is gone': undefined,
  'opts.delay that is an object': { ...sound, opts: '{"delay":{"toString":1}}' },
  'opts.attempts that is an object': { ...sound, opts: '{"attempts":{"valueOf":1,"toString":1}}' },
  'opts that are not JSON': { ...sound, opts: '{{{' },
  'opts that are null': { ...sound, opts: 'null' },
  'counters that are not numbers': { ...sound, atm: 'x', stc: 'y' },
  'deep progress': { ...sound, progress: deep(20_000) },
  'progress that is not JSON': { ...sound, progress: '{{{' },
  'a deep result': { ...sound, returnvalue: deep(20_000) },
  'data that is not JSON': { ...sound, data: '{{{' },
  'deep meta': { ...sound, data: `{"v":1,"meta":${deep(20_000)}}` },
  'a deep payload': { ...sound, data: `{"v":1,"payload":${deep(20_000)}}` },
  'an error with causes that are an object': withError('{"name":"E","message":"m","causes":{}}'),
  'an error with a cause that is null': withError('{"name":"E","message":"m","causes":[null]}'),
  'an error whose name is an object': withError('{"name":{"toString":1},"message":"m"}'),
  'a due time beyond all dates': { ...sound, data: '{"v":1,"dueAt":1e300}' },
  'a tick that is not one': { ...sound, data: '{"v":1,"tick":{"schedule":1}}' },
};

describe('lists, statistics and warnings', () => {
  it.each(Object.entries(damaged))('show a job with %s and the sound jobs next to it', async (_, hash) => {
    const { client, base, inspector, event, jobs } = await start();
    await client.hset(`${base}meta`, 'version', 'bullmq');
    // The damaged job is the next one in its queue.
    for (const [id, fields] of Object.entries({ a1: sound, b2: hash, c3: sound })) {
      await plant(client, base, fields, id);
      await client.rpush(`${base}wait`, id);
      await client.zadd(`${base}failed`, 1, id);
    }
    await client.lrem(`${base}wait`, 0, 'c3');
    await jobs.enqueue(OtherJob);
    for (const state of ['waiting', 'dead'] as const) {
      const listed: JobRecord[] = [];
      for await (const job of inspector.each(state)) listed.push(job);
      expect(listed.map(({ id }) => id)).toContain('b2');
      for (const { id, damage } of listed) expect(damage === undefined).toBe(id !== 'b2');
      expect(() => JSON.stringify(listed)).not.toThrow();
    }
    expect((await inspector.find('b2'))?.damage).toBeTypeOf('string');
    expect(await inspector.queues()).toMatchObject([
      { name: 'default', size: 2, dead: 3 },
      { name: 'other', size: 1 },
    ]);
    expect((await inspector.unserved()).queues).toHaveLength(2);
    await event('queue-unserved', ({ queue }) => queue === 'other');
    await inspector.discard('b2');
  });
});

it('a damaged job in memory is killed, shown as damaged, and can be discarded', async () => {
  const { app, worker, event } = await jobsApp({ url: 'memory:' }, [PlainJob]);
  const [store, inspector] = [app.get(Store), app.get(JobsInspector)];
  const job = { name: 'PlainJob', queue: 'default', repeated: false, delay: 0, attempts: 3 };
  const envelope = { v: 1, meta: 5, error: { causes: [null] } } as never;
  await store.add({ ...job, id: 'a1', envelope, priority: undefined, unique: undefined });
  expect(await inspector.find('a1')).toMatchObject({
    state: 'waiting',
    damage: expect.any(String) as string,
  });
  await worker.start();
  await event('finished', ({ id, outcome }) => id === 'a1' && outcome.kind === 'killed');
  expect(await inspector.find('a1')).toMatchObject({ state: 'dead', damage: expect.any(String) as string });
  await inspector.discard('a1');
});

describe('jobs with ids that are not UTF-8', () => {
  it('are listed, found and discarded by their bytes, and paging ends', async () => {
    const { client, base, inspector } = await start();
    await client.hset(`${base}meta`, 'version', 'bullmq');
    for (let i = 0; i < 150; i++) {
      const { id } = await plant(client, base, sound);
      await client.zadd(`${base}failed`, 1_000 + i, id);
      await client.rpush(`${base}wait`, id);
    }
    const pivot = (await client.lindex(`${base}wait`, 50))!;
    const ids = [Buffer.from([0x80, 0x41]), Buffer.from([0x80, 0x42]), Buffer.from('bytes:41')];
    for (const id of ids) {
      await plant(client, base, sound, id);
      // The last job of a page.
      await client.zadd(`${base}failed`, 1_099.5, id);
      await client.linsert(`${base}wait`, 'BEFORE', pivot, id);
    }
    for (const state of ['dead', 'waiting'] as const) {
      const listed = [];
      for await (const { id } of inspector.each(state)) listed.push(id);
      expect(new Set(listed).size).toBe(153);
      expect(listed).toEqual(expect.arrayContaining(['bytes:8041', 'bytes:8042', 'bytes:62797465733a3431']));
    }
    expect(await inspector.find('bytes:8041')).toMatchObject({ id: 'bytes:8041', name: 'PlainJob' });
    await inspector.discard('bytes:8041');
    expect(await placesOf(client, base, ids[0]!)).toEqual([]);
    expect(await inspector.find('bytes:8041')).toBeUndefined();
    expect(await inspector.discardAll('dead')).toBe(152);
    expect(await client.zcard(`${base}failed`)).toBe(0);
  });
});

describe('the list of worker processes', () => {
  it.each([
    ['text that is not JSON', '{{{'],
    ['null', 'null'],
    ['no beat', `{"at":${Date.now()},"beat":null}`],
    ['a deep beat', `{"at":${Date.now()},"beat":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['a queue that is null', { queues: [null] }],
    ['a running job that is null', { running: [null] }],
    ['a running job without a time', { running: [{ id: 'i', name: 'n', queue: 'q', since: 'x' }] }],
    ['a job name that is null', { jobs: [null] }],
    ['a version that is an object', { version: { toString: 1 } }],
    ['a state that does not exist', { state: 'dancing' }],
  ])('shows a process whose record has %s, and the other processes', async (_, change) => {
    const { client, prefix, inspector, worker, store } = await start();
    await worker.start();
    const [sound] = await until('its heartbeat is stored', async () => {
      const members = await inspector.processes();
      return members.length > 0 && members;
    });
    const record = JSON.parse((await client.hget(`${prefix}:$fleet`, sound!.id))!) as { beat: object };
    const text =
      typeof change === 'string'
        ? change
        : JSON.stringify({ ...record, beat: { ...record.beat, id: 'x', ...change } });
    await client.hset(`${prefix}:$fleet`, 'x', text);
    const members = await store.fleet.members();
    const isSound = new Map(members.map(({ id, damage }) => [id, damage === undefined]));
    expect(isSound).toEqual(
      new Map([
        [sound!.id, true],
        ['x', false],
      ]),
    );
    expect((await inspector.unserved()).queues).toEqual([]);
    expect(await inspector.queues()).toHaveLength(2);
  });
});

it('a key of another type in place of the fleet hides the processes until their next heartbeat, but no queues', async () => {
  const { client, prefix, inspector, worker } = await start();
  await client.set(`${prefix}:$fleet`, 'x');
  expect(await inspector.processes()).toEqual([]);
  expect(await inspector.queues()).toHaveLength(2);
  await worker.start();
  await until('its heartbeat is stored', async () => (await inspector.processes()).length === 1);
});

describe('the list of schedules', () => {
  const evil = (change: object) => (record: object) =>
    JSON.stringify({ ...record, name: 'evil', scheduler: 'fledge-evil', ...change });

  it.each<[string, (record: object) => string]>([
    ['text that is not JSON', () => '{{{'],
    ['deep JSON', () => '['.repeat(2_000) + ']'.repeat(2_000)],
    ['a queue whose keys are of another type', evil({ queue: 'strange' })],
    ['another scheduler', evil({ scheduler: {} })],
    ['no timing', evil({ timing: null })],
    ['an interval that is an object', evil({ timing: { every: { toString: 1 } } })],
    ['another word for missed ticks', evil({ missed: { toString: 1 } })],
    ['an envelope that is damaged', evil({ envelope: { v: 1, meta: 5 } })],
    ['a queue that cannot be one', evil({ queue: 'a:b' })],
  ])('shows a record that has %s, and the other schedules run', async (what, make) => {
    const { client, prefix, store, worker, events, event } = await start();
    await client.set(`${prefix}:strange:repeat`, 'x');
    await worker.start();
    const corrected = await event('schedule-corrected');
    const records = `${prefix}:$schedules`;
    const record = JSON.parse((await client.hget(records, corrected.schedule))!) as object;
    await client.hset(records, 'evil', make(record));
    const states = await listSchedules(store);
    expect(states.map(({ name }) => name).toSorted()).toEqual(['PulseJob', 'evil']);
    const isUsable = what.startsWith('a queue whose keys');
    expect(states.find(({ name }) => name === 'evil')?.damage === undefined).toBe(isUsable);
    expect(() => JSON.stringify(states)).not.toThrow();
    const before = events.length;
    await until('another tick has run', () => events.slice(before).some(({ type }) => type === 'started'));
  });

  it('is corrected by a worker despite damaged votes, leader and pauses', async () => {
    const { client, prefix, store, worker } = await start();
    const records = `${prefix}:$schedules`;
    await client.hset(`${records}:votes`, 'zzz', 'x y');
    await client.hset(`${records}:votes`, 'zzzz', '99999999999999 99999999999999');
    await client.rpush(`${records}:leader`, 'x');
    await client.set(`${records}:worked`, 'x');
    await client.set(`${records}:last`, 'x');
    await client.hset(`${records}:paused`, 'gone', 'x');
    await client.hset(records, 'PulseJob', '{{{');
    await worker.start();
    await until('the schedule is planned', async () => {
      const [state] = await listSchedules(store);
      return state?.name === 'PulseJob' && state.damage === undefined && state.next !== undefined;
    });
  });

  it('has no time if the noted time is invalid', async () => {
    const { client, prefix, store, worker, event } = await start();
    await worker.start();
    await event('schedule-corrected');
    worker.quiet();
    await client.hset(`${prefix}:$schedules:last`, 'PulseJob', 'x');
    expect((await listSchedules(store))[0]?.last).toBeUndefined();
  });
});

it('lists queues and ignores keys that cannot be a queue’s', async () => {
  const { client, prefix, store, jobs } = await start();
  await jobs.enqueue(PlainJob);
  await client.hset(`${prefix}::meta`, 'version', 'x');
  await client.sadd(`${prefix}:$queues`, '', 'a:b', 'default');
  const names = async (): Promise<readonly string[]> => (await store.inventory.queues()).names;
  const before = await names();
  expect(before).toContain('default');
  expect(before.filter((name) => name === '' || name.includes(':'))).toEqual([]);
  await client.del(`${prefix}:$queues`);
  await client.set(`${prefix}:$queues`, 'x');
  expect(await names()).toContain('default');
});
