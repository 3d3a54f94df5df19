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

/** A class that only the web process knows, as while a deploy is under way. */
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

describe('the fleet', () => {
  it('lists who works, and what runs there since when; one that stops leaves it', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    expect(await inspector.processes()).toEqual([]);
    const worker = await startedWorker({ url, args: ['-c', 'default=3'] });
    const [member] = await until('it beats', async () => {
      const members = await inspector.processes();
      return members.length > 0 && members;
    });
    expect(member).toEqual({
      id: expect.stringMatching(new RegExp(`:${worker.pid}:[0-9a-f]{8}$`)) as string,
      host: hostname(),
      pid: worker.pid,
      version: '0.1.0',
      startedAt: expect.any(Number) as number,
      state: 'running',
      queues: [
        { name: 'default', concurrency: 3 },
        { name: 'mailers', concurrency: 5 },
      ],
      jobs: ['ScriptedJob', 'TalkativeJob', 'QuietJob'],
      concurrency: 8,
      busy: 0,
      running: [],
      rss: expect.toSatisfy((bytes: number) => bytes > 10_000_000) as number,
      loopDelay: expect.any(Number) as number,
      roundTrip: expect.any(Number) as number,
      age: expect.any(Number) as number,
      gone: false,
    });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait', ms: 14_000 });
    const running = await until(
      'the next beat tells what runs',
      async () => (await inspector.processes())[0]?.running[0],
    );
    expect(running).toMatchObject({
      id,
      name: 'ScriptedJob',
      queue: 'default',
      phase: 'performing',
      attempt: 1,
    });
    expect(Math.abs(Date.now() - running.since)).toBeLessThan(15_000);
    const ps = await fledge(['ps', url]);
    expect(ps.code).toBe(0);
    expect(ps.output).toContain(`ScriptedJob ${id} on default, for `);
    expect(await worker.stop()).toBe(0);
    expect(await inspector.processes()).toEqual([]);
  }, 60_000);

  it('lists one whose last beat is older than 60 s as gone, for an hour', async () => {
    const { app, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    const worker = await startedWorker({ url });
    await until('it beats', async () => (await inspector.processes()).length === 1);
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
    // Whoever beats clears it away.
    await startedWorker({ url });
    await until('it is forgotten', async () =>
      (await client.hkeys(`${prefix}:$fleet`)).every((id) => !id.includes(`:${worker.pid}:`)),
    );
  });

  it('is not disturbed by what somebody else wrote there', async () => {
    const { app, url } = await scriptedWeb();
    const { client, prefix } = clientOf(url);
    await client.hset(`${prefix}:$fleet`, { a: 'no JSON', b: '{}', c: '{"beat":{"id":"x"},"at":1}' });
    const beat = { id: 'd', state: 'running', queues: 'of another version' };
    await client.hset(`${prefix}:$fleet`, { d: JSON.stringify({ beat, at: Date.now() }) });
    const damaged = (id: string): object => ({ id, queues: [], damage: expect.any(String) as string });
    const members = await app.get(JobsInspector).processes();
    // The beat of "c" is long over.
    expect(members.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject([
      damaged('a'),
      damaged('b'),
      damaged('d'),
    ]);
    expect(await fledgeHere(['ps', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'a  damaged: its record in the store is not what a worker writes',
      ) as string,
    });
    // A newer Fledge may know what to do with it.
    expect(await client.hlen(`${prefix}:$fleet`)).toBe(4);
  });

  it('a stop that waits is not taken back by a quiet', async () => {
    const { app } = await scriptedWeb();
    const { fleet } = app.get(Store);
    await fleet.send('x', 'stop');
    await fleet.send('x', 'quiet');
    expect(await fleet.take('x')).toBe('stop');
    expect(await fleet.take('x')).toBeUndefined();
  });

  it('can be read where nothing can be written', async () => {
    const redis = await ownRedis();
    const { app } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url: redis.url });
    const inspector = app.get(JobsInspector);
    await until('it beats', async () => (await inspector.processes()).length === 1);
    const { client } = clientOf(`${redis.url}?prefix=fledge`);
    await client.call('REPLICAOF', '127.0.0.1', '1');
    expect(await inspector.processes()).toMatchObject([{ pid: worker.pid }]);
  });

  it('quiets and stops a process by its id', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const inspector = app.get(JobsInspector);
    const worker = await startedWorker({ url });
    const id = await until('it beats', async () => (await inspector.processes())[0]?.id);
    await inspector.quiet(id);
    await worker.waitFor(/received the remote command "quiet"/);
    await worker.waitFor(/quiet: takes no more jobs/);
    await until('the others know', async () => (await inspector.processes())[0]?.state === 'quiet');

    // One that is quiet is no consumer, though it is still connected.
    await jobs.enqueue(ScriptedJob, {});
    await until(
      'the job waits for nobody',
      async () => (await inspector.unserved()).queues[0]?.queue === 'default',
    );

    const stopped = new Promise((resolve) => worker.on('exit', resolve));
    expect(await fledgeHere(['stop', id, url])).toEqual({ code: 0, output: `${id} was asked to stop.` });
    expect(await stopped).toBe(0);
    await expect(inspector.quiet('nobody')).rejects.toThrow(/Unknown worker process "nobody"/);
    expect(await fledgeHere(['quiet', id, url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('FLEDGE_PROCESS_UNKNOWN') as string,
    });
    expect((await fledgeHere(['quiet'])).code).toBe(2);
  });
});

describe('the queues', () => {
  it('are listed with what is in them and how late they are', async () => {
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
    // The log has it before the store.
    await until('all is done', async () => {
      const [queue] = await inspector.queues();
      return queue!.size === 0 && queue!.running === 0 && queue!.dead === 1;
    });
    expect((await inspector.queues())[0]).toMatchObject({ scheduled: 1, dead: 1, latency: 0, consumers: 1 });
  });

  it('can be asked in memory too', async () => {
    const { app, jobs, worker } = await jobsApp({ url: 'memory:' }, scriptedJobs);
    const inspector = app.get(JobsInspector);
    await jobs.enqueue(ScriptedJob, {}, { delay: '1h' });
    await worker.start();
    expect(await inspector.queues()).toMatchObject([
      { name: 'default', size: 0, scheduled: 1, consumers: 1 },
      { name: 'mailers', size: 0, consumers: 1 },
    ]);
    expect(await until('it beats', async () => (await inspector.processes())[0])).toMatchObject({
      id: worker.id,
      state: 'running',
      gone: false,
    });
    expect(await inspector.unserved()).toEqual({ queues: [], jobs: [] });
    await inspector.stop(worker.id);
    await until('it has stopped', () => worker.state === 'stopped');
  });
});

it('a job class that no live worker knows is told, and that it is cured', async () => {
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
