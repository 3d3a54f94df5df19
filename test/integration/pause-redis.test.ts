import { BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsInspector } from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { PausedJobs } from '../../src/jobs/engines/bull/keys/paused-jobs.js';
import { RedisPauses } from '../../src/jobs/engines/bull/keys/redis-pauses.js';
import { WorkerPauses } from '../../src/jobs/engines/bull/processor/worker-pauses.js';
import { wordsOf } from '../../src/jobs/observe/words/words-of.js';
import { JobEvents } from '../../src/jobs/events/events.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { scriptedWeb, ScriptedJob } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker } from '../support/worker-process.js';

const ran: string[] = [];
const performed = (...notes: string[]): Promise<unknown> =>
  until(`${notes.join()} ran, not only ${ran.slice(-20).join()}`, () =>
    notes.every((note) => ran.includes(note)),
  );

@Job({ aliases: ['FormerJob'] })
class BulkJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job()
class OtherJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

/** The class as it was called before. */
@Job({ name: 'FormerJob' })
class FormerJob {
  async perform(_payload: { note: string }): Promise<void> {}
}

const open = async (url: string): Promise<JobsApp & { inspector: JobsInspector }> => {
  const app = await jobsApp({ url }, [BulkJob, OtherJob]);
  return { ...app, inspector: app.app.get(JobsInspector) };
};

beforeEach(() => void (ran.length = 0));

describe('on redis: a pause', () => {
  it('reaches all workers, and outlasts their restart', async () => {
    const url = privateUrl(inject('redisUrl'));
    const web = await open(url);
    const [one, two] = [await open(url), await open(url)];
    await one.worker.start();
    await two.worker.start();
    await web.inspector.pauseJob(BulkJob);
    for (const { event } of [one, two]) {
      const seen = await event('worker-paused');
      expect(seen).toMatchObject({ name: 'BulkJob', host: expect.any(String) });
      expect(wordsOf(seen).text).toMatch(/^jobs of BulkJob were paused on \S+ .+ ago: takes none of them/);
    }
    await one.close();
    await two.close();
    await web.jobs.enqueue(BulkJob, { note: 'paused' });
    await web.jobs.enqueue(OtherJob, { note: 'other' });
    const late = await open(url);
    await late.worker.start();
    await performed('other');
    expect(await web.inspector.paused()).toMatchObject([{ kind: 'job', name: 'BulkJob' }]);
    await web.inspector.resumeJob(BulkJob);
    await performed('paused');
    expect(ran).toEqual(['other', 'paused']);
    expect(wordsOf(await late.event('worker-resumed')).text).toBe('jobs of BulkJob are resumed');
  });

  it('can begin and end without a worker', async () => {
    const web = await open(privateUrl(inject('redisUrl')));
    await web.inspector.pauseJob(BulkJob);
    const { id } = await web.jobs.enqueue(BulkJob, { note: 'waits' });
    expect(await web.inspector.find(id)).toMatchObject({ state: 'waiting', paused: true });
    await web.inspector.resumeJob(BulkJob);
    expect(await web.inspector.find(id)).not.toHaveProperty('paused');
    await web.worker.start();
    await performed('waits');
  });

  it('concerns jobs that are stored under a former name of the class', async () => {
    const url = privateUrl(inject('redisUrl'));
    const former = await jobsApp({ url }, [FormerJob]);
    const app = await open(url);
    await app.inspector.pauseJob(BulkJob);
    await app.worker.start();
    const { id } = await former.jobs.enqueue(FormerJob, { note: 'former' });
    await until('it waits', async () => (await app.inspector.find(id))?.paused);
    await app.inspector.resumeJob(BulkJob);
    await performed('former');
  });

  it('of a class with thousands of jobs in front of others costs few attempts, and keeps their order', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { jobs, inspector, worker, events } = await open(url);
    await inspector.pauseJob(BulkJob);
    const notes = Array.from({ length: 5_000 }, (_, i) => ({ note: `bulk ${i}` }));
    await jobs.enqueueAll(BulkJob, notes);
    await jobs.enqueueAll(BulkJob, notes.slice(0, 300), { priority: 5 });
    await jobs.enqueue(OtherJob, { note: 'other' });
    await worker.start();
    await performed('other');
    const count = async (): Promise<Record<string, number>> => {
      const stats = await inspector.queues();
      return Object.fromEntries(stats.map(({ name, size, scheduled }) => [name, size * 10_000 + scheduled]));
    };
    await until('all are put off', async () => (await count()).default === 5_300);
    const attempts = events.filter((event) => event.type === 'finished' && event.name === 'BulkJob').length;
    // The others were put off in bulk, without a worker's slot.
    expect(attempts).toBeLessThan(2_500);
    // None is looked at again soon.
    const client = new Redis(inject('redisUrl'));
    onTestFinished(() => client.disconnect());
    const prefix = new URL(url).searchParams.get('prefix');
    const [key] = (await client.keys('*:default:delayed')).filter((name) => name.includes(String(prefix)));
    const [, first] = await client.zrange(String(key), '0', '0', 'WITHSCORES');
    expect(Number(first) / 0x1000).toBeGreaterThan(Date.now() + 1_800_000);
    await inspector.resumeJob(BulkJob);
    await until('all have run', () => ran.length === 5_301);
    const order = ran.slice(1, 4_001).map((note) => Number(note.split(' ')[1]));
    // Jobs that a worker was about to put off may run before or after their turn.
    expect(order.filter((n, i) => Math.abs(n - i) > 400).length).toBeLessThan(50);
    expect(await client.keys(`*${prefix}*paused*`)).toEqual([]);
  });

  it('costs no command for a job while nothing is paused', async () => {
    const { url } = await ownRedis();
    const client = new Redis(url);
    await client.ping();
    // Before there is other traffic, which ioredis would take for the answer.
    const monitor = await client.monitor();
    const { jobs, worker, inspector } = await open(url);
    onTestFinished(() => {
      monitor.disconnect();
      client.disconnect();
    });
    monitor.on('error', () => undefined);
    const commands: string[] = [];
    monitor.on('monitor', (_time: string, [command = '', ...args]: string[]) => {
      if (args.some((arg) => arg.includes('$paused'))) commands.push(command.toLowerCase());
    });
    await worker.start();
    await jobs.enqueueAll(
      BulkJob,
      Array.from({ length: 300 }, (_, i) => ({ note: `free ${i}` })),
    );
    await until('all have run', () => ran.length === 300);
    await until('the worker has looked', () => commands.length > 0);
    // The worker's look reads the pauses, and nothing else asks for them.
    expect(new Set(commands)).toEqual(new Set(['hgetall']));
    await inspector.pauseJob(BulkJob);
    await jobs.enqueue(BulkJob, { note: 'paused' });
    await until('a job is put off', () => commands.includes('evalsha') || commands.includes('eval'));
  });

  it('stops the processors of @nestjs/bullmq and raw workers, if it is of their queue', async () => {
    const redisUrl = inject('redisUrl');
    const name = `pause-${process.pid}-${Date.now()}`;
    const prefix = `{${name}}`;
    const { hostname: host, port } = new URL(redisUrl);
    const connection = { host, port: Number(port) };
    @Processor('reports')
    class ReportsProcessor extends WorkerHost {
      async process({ name }: { name: string }): Promise<void> {
        ran.push(`report ${name}`);
      }
    }
    const queues = BullModule.registerQueue({ name: 'reports', prefix, connection });
    @Module({ imports: [queues], providers: [ReportsProcessor] })
    class ReportsModule {}
    const url = `${redisUrl}?prefix=${name}`;
    const app = await jobsApp({ url, queues: { default: {}, raw: {}, reports: {} } }, [OtherJob]);
    const legacy = await jobsApp({ url, queues: { default: {} } }, [OtherJob], [ReportsModule]);
    await legacy.worker.start();
    const raw = new Worker('raw', async ({ name }) => void ran.push(`raw ${name}`), { prefix, connection });
    onTestFinished(() => raw.close());
    const inspector = app.app.get(JobsInspector);
    for (const name of ['reports', 'raw']) {
      const queue = new Queue(name, { prefix, connection });
      onTestFinished(() => queue.close());
      await queue.add('first', {});
      await performed(`${name.replace('reports', 'report')} first`);
      await inspector.pauseQueue(name);
      expect(await queue.isPaused()).toBe(true);
      await queue.add('second', {});
    }
    await app.jobs.enqueue(OtherJob, { note: 'default goes on' });
    await performed('default goes on');
    expect(ran.filter((what) => what.endsWith('second'))).toEqual([]);
    for (const name of ['reports', 'raw']) await inspector.resumeQueue(name);
    await performed('report second', 'raw second');
  });

  it('loses nothing and uses up no attempt when workers are killed', async () => {
    const web = await scriptedWeb();
    const inspector = web.app.get(JobsInspector);
    const first = await startedWorker({ url: web.url });
    await inspector.pauseJob(ScriptedJob);
    await first.waitFor(/jobs of ScriptedJob were paused/);
    await web.jobs.enqueueAll(
      ScriptedJob,
      Array.from({ length: 500 }, () => ({ does: 'nothing' as const })),
    );
    await first.waitFor(/waits until ScriptedJob is resumed/);
    await first.stop('SIGKILL');
    const second = await startedWorker({ url: web.url });
    await until('the jobs wait', async () => {
      const { size, scheduled, running } = (await inspector.queues())[0] ?? {};
      return size === 0 && running === 0 && scheduled === 500;
    });
    for await (const job of inspector.each('scheduled'))
      expect(job).toMatchObject({ attempt: 0, paused: true });
    await inspector.resumeJob(ScriptedJob);
    await until('all have run', async () => {
      const { size, scheduled, running } = (await inspector.queues())[0] ?? {};
      return size === 0 && running === 0 && scheduled === 0;
    });
    let completed = 0;
    for await (const { attempt } of inspector.each('completed')) completed += attempt === 1 ? 1 : 0;
    expect(completed).toBe(500);
    await second.stop('SIGTERM');
  });
});

/** A worker's pauses and those of an operator on a real server, without jobs that come in between. */
function parts(url = inject('redisUrl')) {
  const prefix = `{pause-${process.pid}-${Date.now()}-${Math.random()}}`;
  const { hostname: host, port } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  onTestFinished(() => client.disconnect());
  const ask = <Answer>(question: () => Promise<Answer>): Promise<Answer> => question();
  const queue = (): Promise<never> => Promise.reject(new Error('not used'));
  const events = new JobEvents();
  const seen: string[] = [];
  events.subscribe((event) => seen.push(event.type));
  const worker = new WorkerPauses(new PausedJobs(client, prefix, ask), events);
  const operator = new RedisPauses({ client, prefix, queue, ask });
  const base = `${prefix}:default:`;
  const pause = { name: 'SlowJob', since: Date.now(), host: 'web-1' };
  const job = { id: 'job', name: 'SlowJob', queue: 'default' };
  /** Moves a job as BullMQ does. */
  const moveToDelayed = (id: string, till = NaN): Promise<unknown> =>
    client.zadd(`${base}delayed`, till * 0x1000, id);
  return { client, base, prefix, worker, operator, pause, job, moveToDelayed, seen };
}

const applied = { by: 'SlowJob', everyJob: true };

describe('on redis: a worker that has not noticed that jobs were resumed', () => {
  it('learns it from the first job that it would put off', async () => {
    const { client, base, worker, operator, pause, job, seen } = parts();
    await operator.pause(pause);
    await worker.look();
    await operator.resume('SlowJob');
    await client.lpush(`${base}wait`, 'next');
    await client.hset(`${base}next`, 'name', 'SlowJob');
    worker.clearTheWay(job, applied);
    expect(await worker.putOff(job, applied)).toBeUndefined();
    expect(worker.size).toBe(0);
    expect(seen).toEqual(['worker-paused', 'worker-resumed']);
    expect(await client.lrange(`${base}wait`, '0', '-1')).toEqual(['next']);
  });

  it('releases a job later that is still in its hands', async () => {
    const { client, base, worker, operator, pause, job, moveToDelayed } = parts();
    await operator.pause(pause);
    await worker.look();
    await client.set(`${base}job:lock`, 'token');
    const till = await worker.putOff(job, applied);
    await operator.resume('SlowJob');
    await worker.look();
    await client.del(`${base}job:lock`);
    await moveToDelayed('job', till);
    await until('it waits', async () => {
      await worker.look();
      return (await client.lrange(`${base}wait`, '0', '-1')).includes('job');
    });
  });

  it('does not put off a job at all once it knows', async () => {
    const { worker, operator, pause, job, seen } = parts();
    await operator.pause(pause);
    await worker.look();
    expect(worker.find({ name: 'SlowJob' })).toEqual(pause);
    await operator.resume('SlowJob');
    await worker.look();
    expect(worker.find({ name: 'SlowJob' })).toBeUndefined();
    expect(await worker.putOff(job, applied)).toBeUndefined();
    expect(seen).toEqual(['worker-paused', 'worker-resumed']);
  });
});

describe('on redis: resuming', () => {
  it('leaves a job alone that was rescheduled, removed, or started since', async () => {
    const { client, base, worker, operator, pause, moveToDelayed } = parts();
    await operator.pause(pause);
    await worker.look();
    const putOff = (id: string): Promise<number | undefined> =>
      worker.putOff({ id, name: 'SlowJob', queue: 'default' }, { by: 'SlowJob', everyJob: false });
    await moveToDelayed('waits', await putOff('waits'));
    await moveToDelayed('rescheduled', Number(await putOff('rescheduled')) + 60_000);
    await putOff('removed');
    await operator.resume('SlowJob');
    expect(await client.lrange(`${base}wait`, '0', '-1')).toEqual(['waits']);
    expect(await client.zrange(`${base}delayed`, '0', '-1')).toEqual(['rescheduled']);
  });

  it('works with ids of any bytes, priorities, and a queue whose keys another program has overwritten', async () => {
    const { client, base, prefix, worker, operator, pause, moveToDelayed } = parts();
    await operator.pause(pause);
    await worker.look();
    const put = async (id: string, queue = 'default'): Promise<void> => {
      const till = await worker.putOff({ id, name: 'SlowJob', queue }, { by: 'SlowJob', everyJob: false });
      if (queue === 'default') await moveToDelayed(id, till);
      else await client.zadd(`${prefix}:${queue}:delayed`, Number(till) * 0x1000, id);
    };
    for (const id of ['a:b\nc', 'ü', 'urgent']) await put(id);
    await client.hset(`${base}urgent`, 'priority', 2);
    await put('stays', 'broken');
    await client.set(`${prefix}:broken:wait`, 'not a list');
    expect(await operator.resume('SlowJob')).toBe(true);
    expect((await client.lrange(`${base}wait`, '0', '-1')).toSorted()).toEqual(['a:b\nc', 'ü']);
    expect(await client.zrange(`${base}prioritized`, '0', '-1')).toEqual(['urgent']);
    expect(await client.zrange(`${prefix}:broken:delayed`, '0', '-1')).toEqual(['stays']);
  });

  it('a paused queue does not wake its workers', async () => {
    const { client, base, worker, operator, pause, job, moveToDelayed } = parts();
    await operator.pause(pause);
    await worker.look();
    await moveToDelayed('job', await worker.putOff(job, { by: 'SlowJob', everyJob: false }));
    await client.hset(`${base}meta`, 'paused', 1);
    await operator.resume('SlowJob');
    expect(await client.lrange(`${base}wait`, '0', '-1')).toEqual(['job']);
    expect(await client.exists(`${base}marker`)).toBe(0);
  });
});

describe('on redis: the record of pauses', () => {
  it('can be written while the memory of the server is full', async () => {
    const { url } = await ownRedis();
    const { client, worker, operator, pause } = parts(url);
    await client.config('SET', 'maxmemory', '1');
    await expect(client.set('other', 'x')).rejects.toThrow(/OOM/);
    expect(await operator.pause(pause)).toBe(true);
    await worker.look();
    expect(worker.size).toBe(1);
    expect(await operator.resume('SlowJob')).toBe(true);
  });

  it('is repaired if another program has overwritten it', async () => {
    const { client, prefix, worker, operator, pause } = parts();
    await client.set(`${prefix}:$paused`, 'x');
    await client.set(`${prefix}:$paused:SlowJob`, 'x');
    await worker.look();
    expect(worker.size).toBe(0);
    expect(await operator.resume('SlowJob')).toBe(false);
    expect(await operator.pause(pause)).toBe(true);
    expect(await operator.list()).toEqual([pause]);
  });

  it.each(['', '{', '[]', '{"since":"yesterday","host":5}'])(
    'counts as a pause if it is %j',
    async (record) => {
      const { client, prefix, operator, worker } = parts();
      await client.hset(`${prefix}:$paused`, 'SlowJob', record);
      expect(await operator.list()).toEqual([{ name: 'SlowJob' }]);
      await worker.look();
      expect(worker.find({ name: 'SlowJob' })).toEqual({ name: 'SlowJob' });
    },
  );
});

describe('on redis: without a store', () => {
  it('pausing and resuming fail with the code of the problem, and work again afterwards', async () => {
    const redis = await ownRedis();
    const { inspector, worker, event, jobs } = await open(redis.url);
    await worker.start();
    await inspector.pauseJob(BulkJob);
    await event('worker-paused');
    await redis.stop();
    for (const call of [
      () => inspector.pauseJob(OtherJob),
      () => inspector.resumeJob(BulkJob),
      () => inspector.pauseQueue('default'),
      () => inspector.resumeQueue('default'),
      () => inspector.paused(),
    ])
      await expect(call()).rejects.toMatchObject({ code: expect.stringMatching(/^FLEDGE_STORE_/) });
    // The new server has lost the pause. The worker must not keep it forever.
    await ownRedis([], redis.port);
    await event('worker-resumed');
    await until('it is enqueued', () =>
      jobs.enqueue(BulkJob, { note: 'after' }).then(
        () => true,
        () => false,
      ),
    );
    await performed('after');
  });
});
