import { Redis } from 'ioredis';
import { hostname } from 'node:os';
import { Job, JobsInspector } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fledge, fledgeHere } from '../support/fledge-command.js';
import { Store } from '../../src/jobs/store/store.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedJobs, scriptedWeb } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker } from '../support/worker-process.js';

/** A class that only the web process knows, as during a deploy. */
@Job()
class NewJob {
  async perform(): Promise<void> {}
}

function clientOf(url: string): { client: Redis; prefix: string } {
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port) });
  onTestFinished(() => client.disconnect());
  return { client, prefix: `{${searchParams.get('prefix')!}}` };
}

describe('the list of worker processes', () => {
  it('shows what runs there and since when, until the process stops', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    expect(await inspector.processes()).toEqual([]);
    const worker = await startedWorker({ url, args: ['-c', 'default=3', '-t', '10s'] });
    const [member] = await until('its heartbeat is stored', async () => {
      const members = await inspector.processes();
      return members.length > 0 && members;
    });
    expect(member).toEqual({
      id: expect.stringMatching(new RegExp(`:${worker.pid}:[0-9a-f]{8}$`)) as string,
      host: hostname(),
      pid: worker.pid,
      app: 'nestjs-fledge',
      build: expect.stringMatching(/^\d+-\d+$/) as string,
      version: '0.1.0',
      startedAt: expect.any(Number) as number,
      state: 'running',
      queues: [
        { name: 'default', concurrency: 3 },
        { name: 'mailers', concurrency: 5 },
      ],
      jobs: ['ScriptedJob', 'TalkativeJob', 'QuietJob'],
      catalog: expect.stringMatching(/^[\w-]{22}$/) as string,
      concurrency: 8,
      busy: 0,
      running: [],
      rss: expect.toSatisfy((bytes: number) => bytes > 10_000_000) as number,
      loopDelay: expect.any(Number) as number,
      roundTrip: expect.any(Number) as number,
      age: expect.any(Number) as number,
      gone: false,
    });
    const enqueuedAt = Date.now();
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    const running = await until(
      'the next heartbeat lists the running job',
      async () => (await inspector.processes())[0]?.running[0],
    );
    expect(running).toMatchObject({
      id,
      name: 'ScriptedJob',
      queue: 'default',
      phase: 'performing',
      attempt: 1,
    });
    expect(running.since).toBeGreaterThanOrEqual(enqueuedAt);
    expect(running.since).toBeLessThanOrEqual(Date.now());
    const ps = await fledge(['ps', url]);
    expect(ps.code).toBe(0);
    expect(ps.output).toMatch(new RegExp(`\\n${id}  ScriptedJob +\\S.* performing  default  `));
    expect(await worker.stop()).toBe(0);
    expect(await inspector.processes()).toEqual([]);
  });

  it('shows a process without a heartbeat for 60 s as gone, for an hour', async () => {
    const { app, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    const worker = await startedWorker({ url });
    await until('its heartbeat is stored', async () => (await inspector.processes()).length === 1);
    await worker.stop('SIGKILL');
    const { client, prefix } = clientOf(url);
    const age = async (ms: number): Promise<void> => {
      const [id, text] = Object.entries(await client.hgetall(`${prefix}:$fleet`))[0]!;
      const { beat, at } = JSON.parse(text) as { beat: object; at: number };
      await client.hset(`${prefix}:$fleet`, id, JSON.stringify({ beat, at: at - ms }));
    };
    expect(await inspector.processes()).toMatchObject([{ gone: false }]);
    await age(61_000);
    expect(await inspector.processes()).toMatchObject([{ gone: true, pid: worker.pid }]);
    expect(await fledgeHere(['ps', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('gone') as string,
    });
    await expect(inspector.stop((await inspector.processes())[0]!.id)).rejects.toThrow(
      'FLEDGE_PROCESS_UNKNOWN',
    );
    await age(3_600_000);
    expect(await inspector.processes()).toEqual([]);
    // The next heartbeat of any worker removes it.
    await startedWorker({ url });
    await until('it is forgotten', async () =>
      (await client.hkeys(`${prefix}:$fleet`)).every((id) => !id.includes(`:${worker.pid}:`)),
    );
  });

  it('shows unknown records as damaged and does not delete them', async () => {
    const { app, url } = await scriptedWeb();
    const { client, prefix } = clientOf(url);
    await client.hset(`${prefix}:$fleet`, { a: 'no JSON', b: '{}', c: '{"beat":{"id":"x"},"at":1}' });
    const beat = { id: 'd', state: 'running', queues: 'of another version' };
    await client.hset(`${prefix}:$fleet`, { d: JSON.stringify({ beat, at: Date.now() }) });
    const damaged = (id: string): object => ({ id, queues: [], damage: expect.any(String) as string });
    const members = await app.get(JobsInspector).processes();
    // The heartbeat of "c" is too old to be listed.
    expect(members.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject([
      damaged('a'),
      damaged('b'),
      damaged('d'),
    ]);
    expect(await fledgeHere(['ps', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('its record in the store was not written by a Fledge worker') as string,
    });
    // A newer version of Fledge may understand the record, so it is not deleted.
    expect(await client.hlen(`${prefix}:$fleet`)).toBe(4);
  });

  it('a quiet command does not replace a pending stop command', async () => {
    const { app } = await scriptedWeb();
    const { fleet } = app.get(Store);
    await fleet.send('x', 'stop');
    await fleet.send('x', 'quiet');
    expect(await fleet.take('x')).toBe('stop');
    expect(await fleet.take('x')).toBeUndefined();
  });

  it('can be read on a store that refuses writes', async () => {
    const redis = await ownRedis();
    const { app } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url: redis.url });
    const inspector = app.get(JobsInspector);
    await until('its heartbeat is stored', async () => (await inspector.processes()).length === 1);
    const { client } = clientOf(`${redis.url}?prefix=fledge`);
    await client.call('REPLICAOF', '127.0.0.1', '1');
    expect(await inspector.processes()).toMatchObject([{ pid: worker.pid }]);
  });

  it('can quiet and stop a process by its id', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    const worker = await startedWorker({ url });
    const id = await until('its heartbeat is stored', async () => (await inspector.processes())[0]?.id);
    await inspector.quiet(id);
    await worker.waitFor(/received the remote command "quiet"/);
    await worker.waitFor(/quiet: takes no more jobs/);
    await until('the list shows it', async () => (await inspector.processes())[0]?.state === 'quiet');

    // A quiet worker does not count as a consumer, although it is connected.
    await jobs.enqueue(ScriptedJob, {});
    await until(
      'the queue has no worker',
      async () => (await inspector.unserved()).queues[0]?.queue === 'default',
    );

    const stopped = worker.ended;
    expect(await fledgeHere(['stop', id, url])).toEqual({
      code: 0,
      output: `Sent the command stop to ${id}. The process receives it within two seconds.`,
    });
    expect(await stopped).toBe(0);
    await expect(inspector.quiet('nobody')).rejects.toThrow(/Unknown worker process "nobody"/);
    expect(await fledgeHere(['quiet', id, url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('FLEDGE_PROCESS_UNKNOWN') as string,
    });
    expect((await fledgeHere(['quiet'])).code).toBe(2);
  });
});

describe('the list of queues', () => {
  it('shows their sizes and latencies', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    await jobs.enqueueAll(ScriptedJob, [{}, {}]);
    await jobs.enqueue(ScriptedJob, {}, { delay: '1h' });
    await jobs.enqueue(ScriptedJob, {}, { priority: 3, queue: 'mailers' });
    await until('they are late', async () => (await inspector.queues())[0]!.latency > 100);
    expect(await inspector.queues()).toEqual([
      {
        name: 'default',
        size: 2,
        scheduled: 1,
        running: 0,
        dead: 0,
        latency: expect.any(Number) as number,
        paused: false,
        consumers: 0,
      },
      expect.objectContaining({ name: 'mailers', size: 1, latency: expect.any(Number) as number }),
    ]);
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'fail' }, { attempts: 1 });
    const worker = await startedWorker({ url });
    await worker.waitFor(new RegExp(`${id} failed`));
    // The log line is written before the store is updated.
    await until('all is done', async () => {
      const [queue] = await inspector.queues();
      return queue!.size === 0 && queue!.running === 0 && queue!.dead === 1;
    });
    expect((await inspector.queues())[0]).toMatchObject({ scheduled: 1, dead: 1, latency: 0, consumers: 1 });
  });

  it('works in memory too', async () => {
    const { app, jobs, worker } = await jobsApp({ url: 'memory:' }, scriptedJobs);
    const inspector = app.get(JobsInspector);
    await jobs.enqueue(ScriptedJob, {}, { delay: '1h' });
    await worker.start();
    expect(await inspector.queues()).toMatchObject([
      { name: 'default', size: 0, scheduled: 1, consumers: 1 },
      { name: 'mailers', size: 0, consumers: 1 },
    ]);
    expect(
      await until('its heartbeat is stored', async () => (await inspector.processes())[0]),
    ).toMatchObject({
      id: worker.id,
      state: 'running',
      gone: false,
    });
    expect(await inspector.unserved()).toEqual({ queues: [], jobs: [] });
    await inspector.stop(worker.id);
    await until('it has stopped', () => worker.state === 'stopped');
  });
});

it('a job class without a live worker is reported, and reported again when it has one', async () => {
  const { url } = await scriptedWeb();
  const old = await startedWorker({ url });
  const options = { url, queues: { default: {}, mailers: {} }, watchInterval: '1s' as const };
  const web = await jobsApp(options, [...scriptedJobs, NewJob]);
  expect(await web.event('job-unserved')).toMatchObject({ name: 'NewJob', queue: 'default' });
  expect(await web.app.get(JobsInspector).unserved()).toEqual({
    queues: [],
    jobs: [{ name: 'NewJob', queue: 'default' }],
  });
  expect(web.events.filter(({ type }) => type === 'job-unserved')).toHaveLength(1);
  const updated = await jobsApp(options, [...scriptedJobs, NewJob]);
  await updated.worker.start();
  expect(await web.event('job-served-again')).toMatchObject({ name: 'NewJob' });
  expect(await old.stop()).toBe(0);
});
