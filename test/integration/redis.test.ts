import { Queue, Worker, type Job as BullJob } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsInspector, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Job({ aliases: ['FormerNameJob'] })
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job()
class WaitJob {
  async perform(_payload: undefined, { signal, attempt }: JobContext): Promise<void> {
    ran.push(`wait ${attempt}`);
    if (ran.length > 1) return;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  }
}

@Job({ attempts: 2, backoff: 10 })
class ImpostorJob {
  async perform(): Promise<void> {
    throw Object.assign(new Error('I only look like one'), { name: 'DelayedError' });
  }
}

@Job({ attempts: 1 })
class RateLimitedJob {
  async perform(): Promise<void> {
    throw Worker.RateLimitError();
  }
}

@Job({ attempts: 1 })
class DoomedJob {
  async perform(): Promise<void> {
    throw new Error('the end');
  }
}

@Job()
class CircularResultJob {
  async perform(): Promise<unknown> {
    const result: Record<string, unknown> = {};
    result.self = result;
    return result;
  }
}

const providers = [NoteJob, WaitJob, ImpostorJob, DoomedJob, CircularResultJob, RateLimitedJob];

/** An application with a running worker, and BullMQ's own view of its default queue. */
async function start(options: JobsOptions = {}): Promise<JobsApp & { url: string; queue: Queue }> {
  const url = options.url ?? privateUrl(inject('redisUrl'));
  const app = await jobsApp({ url, ...options }, providers);
  await app.worker.start();
  return { ...app, url, queue: bullQueue(url) };
}

function bullQueue(url: string): Queue {
  const { hostname: host, port, searchParams } = new URL(url);
  const connection = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  const queue = new Queue('default', { connection, prefix: `{${searchParams.get('prefix')}}` });
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  return queue;
}

/** Returns the job once it is in the dead set. */
async function buried(queue: Queue, id: string | undefined): Promise<BullJob> {
  await until('it is dead', async () => (await stored(queue, id)).isFailed());
  return stored(queue, id);
}

async function stored(queue: Queue, id: string | undefined): Promise<BullJob> {
  return (await queue.getJob(id!)) as BullJob;
}

beforeEach(() => {
  ran.length = 0;
});

describe('what Fledge passes to BullMQ', () => {
  it('keeps a finished job and its data for an hour', async () => {
    const { jobs, event, queue } = await start();
    const { id } = await jobs.enqueue(NoteJob, { note: 'kept' }, { priority: 7 });
    await event('finished');
    await until('it is acknowledged', async () => (await stored(queue, id)).isCompleted());
    const job = await stored(queue, id);
    expect(job).toMatchObject({ name: 'NoteJob', data: { v: 1, payload: { note: 'kept' } }, priority: 7 });
    expect(job.opts).toMatchObject({ attempts: 25 });
  });

  it('moves an exhausted job to the dead set with its error and stack', async () => {
    const { jobs, queue } = await start();
    const { id } = await jobs.enqueue(DoomedJob);
    const job = await buried(queue, id);
    expect(job.failedReason).toBe('the end');
    expect(job.stacktrace?.[0]).toContain('redis.test.ts');
    expect(job.attemptsMade).toBe(1);
  });

  it('schedules the first retry by Sidekiq’s formula', async () => {
    @Job()
    class FailsJob {
      async perform(): Promise<void> {
        throw new Error('as always');
      }
    }
    const url = privateUrl(inject('redisUrl'));
    const { jobs, worker, event } = await jobsApp({ url }, [FailsJob]);
    await worker.start();
    const { id } = await jobs.enqueue(FailsJob);
    const { outcome } = await event('finished');
    const retryIn = (outcome as { retryIn: number }).retryIn;
    expect(retryIn).toBeGreaterThanOrEqual(15_000);
    expect(retryIn).toBeLessThanOrEqual(25_000);
    const queue = bullQueue(url);
    await until('it waits for its retry', async () => (await stored(queue, id)).isDelayed());
    const job = await stored(queue, id);
    expect(job.delay).toBe(retryIn);
  });

  it('puts an interrupted job at the head of its queue, and another worker completes the same attempt', async () => {
    const first = await start({ shutdownTimeout: 500 });
    const { id } = await first.jobs.enqueue(WaitJob);
    await until('it runs', () => ran.length === 1);
    await first.jobs.enqueue(NoteJob, { note: 'behind' }, { delay: 1 });
    await first.close();
    const job = await stored(first.queue, id);
    expect(await job.getState()).toBe('waiting');
    expect(job).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
    const second = await start({ url: first.url });
    await second.event('finished', (event) => event.id === id && event.outcome.kind === 'completed');
    expect(ran).toEqual(expect.arrayContaining(['wait 1', 'wait 1']));
  });

  it('treats an error with the name of a BullMQ signal as a failure', async () => {
    const { jobs, queue } = await start();
    const { id } = await jobs.enqueue(ImpostorJob);
    const job = await buried(queue, id);
    expect(job).toMatchObject({ failedReason: 'I only look like one', attemptsMade: 2 });
  });

  it('treats BullMQ’s RateLimitError as a failure', async () => {
    const { jobs, queue } = await start();
    const { id } = await jobs.enqueue(RateLimitedJob);
    expect((await buried(queue, id)).attemptsMade).toBe(1);
  });

  it('moves a job with unreadable data to the dead set', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { jobs, worker } = await jobsApp({ url }, providers);
    const queue = bullQueue(url);
    const { id } = await jobs.enqueue(NoteJob, { note: 'never seen' });
    const client = await queue.getBackend().client;
    await client.hset(queue.toKey(id), { data: '{bad' });
    await worker.start();
    await until('it is dead', async () => (await queue.getJobState(id)) === 'failed');
    expect(await client.hget(queue.toKey(id), 'failedReason')).toContain('FLEDGE_ENVELOPE_DAMAGED');
    expect(ran).not.toContain('never seen');
  });

  it('completes a job whose result is not JSON', async () => {
    const { jobs, queue } = await start();
    const { id } = await jobs.enqueue(CircularResultJob);
    await until('it is completed', async () => (await stored(queue, id)).isCompleted());
  });

  it('runs each of 200 jobs once on two workers', async () => {
    const first = await start();
    await start({ url: first.url });
    await first.jobs.enqueueAll(
      NoteJob,
      Array.from({ length: 200 }, (_, i) => ({ note: `n${i}` })),
    );
    await until('all ran', () => ran.length >= 200);
    await until(
      'all are acknowledged',
      async () => (await first.queue.getJobCountByTypes('active', 'wait')) === 0,
    );
    expect(new Set(ran).size).toBe(200);
    expect(ran).toHaveLength(200);
  });
});

describe('jobs that are read from Redis', () => {
  it.each([
    ['no data', {}, 'FLEDGE_JOB_FOREIGN'],
    ['data that is not an envelope', { note: 'by hand' }, 'FLEDGE_JOB_FOREIGN'],
    ['data that is a list', ['by hand'], 'FLEDGE_JOB_FOREIGN'],
    [
      'a payload with __proto__',
      JSON.parse('{"v":1,"payload":{"__proto__":{"note":"x"}}}') as object,
      'FLEDGE_ENVELOPE_DAMAGED',
    ],
  ])('a job with %s is killed before its class runs', async (_, data, code) => {
    const { queue } = await start();
    const { id } = await queue.add('NoteJob', data, { attempts: 25 });
    const job = await buried(queue, id);
    expect(job.failedReason).toContain(code);
    expect(ran).toEqual([]);
  });

  it('a job that BullMQ added for a job class is killed, keeps its data, and its error says what to do', async () => {
    const { queue } = await start();
    const { id } = await queue.add('NoteJob', { note: 'by hand' });
    const job = await buried(queue, id);
    expect(job.failedReason).toMatch(
      /^NoteJob was added with BullMQ’s Queue\.add.*Use JobsService\.enqueue.*FLEDGE_JOB_FOREIGN/,
    );
    expect(job.data).toEqual({ note: 'by hand' });
  });

  it('a job that BullMQ’s job scheduler made for a job class is killed, and its error says what to do', async () => {
    const { queue, event, app } = await start();
    await queue.upsertJobScheduler('nightly', { every: 60_000 }, { name: 'NoteJob', data: { note: 'tick' } });
    const { outcome } = await event('finished', ({ name }) => name === 'NoteJob');
    expect(outcome).toMatchObject({
      kind: 'killed',
      error: {
        code: 'FLEDGE_JOB_FOREIGN',
        message: expect.stringMatching(
          /job scheduler "nightly".*schedule\(\).*removeJobScheduler\("nightly"\)/,
        ),
      },
    });
    const { jobs } = await app.get(JobsInspector).jobs('scheduled');
    expect(jobs).toMatchObject([{ damage: expect.stringContaining('FLEDGE_JOB_FOREIGN') }]);
    await queue.removeJobScheduler('nightly');
  });

  it('a job that BullMQ added under a name without a job class is killed, and the message says where it belongs', async () => {
    const { queue } = await start();
    const { id } = await queue.add('send-invoice', { invoice: 7 });
    expect((await buried(queue, id)).failedReason).toMatch(
      /No job class has the name "send-invoice".*@Processor.*FLEDGE_JOB_FOREIGN/,
    );
  });

  it('a job whose hash was evicted is killed', async () => {
    const { jobs, worker, url, queue } = await start();
    await worker.stop();
    const { id } = await jobs.enqueue(NoteJob, { note: 'evicted' });
    const redis = (await queue.getBackend().client) as unknown as Redis;
    await redis.del(queue.toKey(id));
    const { event } = await start({ url });
    const { outcome } = await event('finished');
    expect(outcome).toMatchObject({ kind: 'killed', error: { code: 'FLEDGE_ENVELOPE_DAMAGED' } });
    expect(ran).toEqual([]);
  });

  it('a job with a former name of its class runs', async () => {
    const { queue } = await start();
    await queue.add('FormerNameJob', { v: 1, payload: { note: 'renamed' } });
    await until('it ran', () => ran.includes('renamed'));
  });

  it.each([
    ['an unknown name', 'FutureJob', { v: 1, payload: {} }],
    ['a newer envelope', 'NoteJob', { v: 2, body: {} }],
  ])('a job with %s is parked for a minute and uses no attempt', async (_, name, data) => {
    const { queue, event } = await start();
    const addedAt = Date.now();
    const { id } = await queue.add(name, data, { attempts: 25 });
    const { outcome } = await event('finished');
    expect(outcome).toMatchObject({ kind: 'snoozed', delay: 60_000, reason: { code: 'FLEDGE_JOB_UNKNOWN' } });
    await until('it waits', async () => (await stored(queue, id)).isDelayed());
    const job = await stored(queue, id);
    expect(job.attemptsMade).toBe(0);
    expect((job.data as { parkedAt: number }).parkedAt).toBeGreaterThanOrEqual(addedAt);
  });

  it('a job that no worker has known for a day is killed', async () => {
    const { queue, event } = await start();
    await queue.add('FutureJob', { v: 1, parkedAt: Date.now() - 24 * 3_600_000 });
    const { outcome } = await event('finished');
    expect(outcome).toMatchObject({ kind: 'killed', error: { code: 'FLEDGE_JOB_UNKNOWN' } });
  });

  it('a job whose process died five times in a row is killed, and a finished attempt resets the count', async () => {
    const { queue, worker, url, jobs } = await start();
    await worker.stop();
    const redis = (await queue.getBackend().client) as unknown as Redis;
    const poison = await jobs.enqueue(NoteJob, { note: 'poison' });
    await redis.hset(queue.toKey(poison.id), 'stc', 5);
    const forgiven = await queue.add('NoteJob', { v: 1, payload: { note: 'forgiven' }, crashesForgiven: 3 });
    await redis.hset(queue.toKey(forgiven.id!), 'stc', 5);
    await start({ url });
    await until('the other ran', () => ran.includes('forgiven'));
    const job = await buried(queue, poison.id);
    expect(job.failedReason).toContain('FLEDGE_JOB_POISON');
    expect(ran).toEqual(['forgiven']);
  });
});

describe('a queue without a worker', () => {
  it('is reported by a process that only enqueues, and reported again when it has a worker', async () => {
    const url = privateUrl(inject('redisUrl'));
    const web = await jobsApp({ url, watchInterval: 50 }, providers);
    await web.jobs.enqueue(NoteJob, { note: 'forgotten' });
    expect(await web.event('queue-unserved')).toMatchObject({ queue: 'default', jobs: 1 });
    await start({ url });
    await until('it ran', () => ran.includes('forgotten'));
    await web.event('queue-served-again', ({ queue }) => queue === 'default');
    expect(web.events.filter(({ type }) => type === 'queue-unserved')).toHaveLength(1);
  });

  it('is not reported while it is empty or served', async () => {
    const { app, jobs, events, event } = await start({ watchInterval: 20 });
    const inspector = app.get(JobsInspector);
    await until('its worker is connected', async () => (await inspector.queues())[0]!.consumers === 1);
    await jobs.enqueue(NoteJob, { note: 'due later' }, { delay: 300 });
    await event('finished');
    expect(events.filter(({ type }) => type === 'queue-unserved')).toEqual([]);
  });
});
