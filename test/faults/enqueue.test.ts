import { Redis } from 'ioredis';
import { inspect } from 'node:util';
import { FledgeError, Job, type JobsService } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AwakeTimer } from '../../src/jobs/engines/bull/connection/awake-timer.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { admin, refusals } from '../support/store-problems.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

@Job()
class NoteJob {
  async perform(_payload: { note: string }): Promise<void> {}
}

/** Returns the error of a failed call, which comes before the limit. */
async function failure(call: Promise<unknown>, limit = 2_000): Promise<FledgeError> {
  // Counts the same time as the limits of the store: that of a running event loop. A busy machine delays both alike.
  let isLate = false;
  const timer = new AwakeTimer(limit, () => (isLate = true));
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  timer.cancel();
  expect(error).toBeInstanceOf(FledgeError);
  expect(isLate).toBe(false);
  return error as FledgeError;
}

const failedEnqueue = (jobs: JobsService, limit?: number): Promise<FledgeError> =>
  failure(jobs.enqueue(NoteJob, { note: 'x' }), limit);

async function recovers(jobs: JobsService): Promise<void> {
  await until('an enqueue succeeds', () =>
    jobs.enqueue(NoteJob, { note: 'back' }).then(
      () => true,
      () => false,
    ),
  );
}

describe('an enqueue fails within two seconds with a code for the problem, and works after it is fixed', () => {
  it('Redis is down at boot', async () => {
    const port = await freePort();
    const { jobs, events } = await jobsApp({ url: `redis://127.0.0.1:${port}` }, [NoteJob]);
    const error = await failedEnqueue(jobs);
    expect(error).toMatchObject({ code: 'FLEDGE_STORE_UNREACHABLE', unavailable: true });
    expect(error.message).toContain(`redis://127.0.0.1:${port}/0`);
    // The next one does not wait for a connection.
    await failedEnqueue(jobs, 500);
    await ownRedis([], port);
    await recovers(jobs);
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('store'))).toEqual([
      'store-lost',
      'store-ready',
    ]);
  });

  it('Redis is killed and restarted', async () => {
    const first = await ownRedis();
    const { jobs, event } = await jobsApp({ url: first.url }, [NoteJob]);
    await recovers(jobs);
    await first.stop();
    await event('store-lost');
    const error = await failedEnqueue(jobs);
    expect(error.code).toBe('FLEDGE_STORE_UNREACHABLE');
    await ownRedis([], first.port);
    await recovers(jobs);
  });

  it('Redis is frozen: the job may have been stored, and the error has its id', async () => {
    const redis = await ownRedis();
    const { jobs } = await jobsApp({ url: redis.url }, [NoteJob]);
    await recovers(jobs);
    redis.process.kill('SIGSTOP');
    const error = await failedEnqueue(jobs);
    expect(error).toMatchObject({
      code: 'FLEDGE_STORE_TIMEOUT',
      jobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    redis.process.kill('SIGCONT');
    await recovers(jobs);
  });

  it.each(Object.entries(refusals))('Redis refuses writes: %s', async (_, { code, begin }) => {
    const redis = await ownRedis();
    const { jobs } = await jobsApp({ url: redis.url }, [NoteJob]);
    await recovers(jobs);
    const end = await begin(redis);
    expect((await failedEnqueue(jobs)).code).toBe(code);
    await end();
    await recovers(jobs);
  });

  it('the password is wrong', async () => {
    const redis = await ownRedis(['--requirepass', 'right']);
    const wrong = await jobsApp({ url: redis.url, password: 'wr0ng-secret' }, [NoteJob]);
    const error = await failedEnqueue(wrong.jobs);
    expect(error.code).toBe('FLEDGE_STORE_AUTH');
    // Loggers print causes with all their properties, and an ioredis error has the command with its arguments.
    expect(inspect([error, wrong.events], { depth: 20 })).not.toContain('wr0ng-secret');
    const none = await jobsApp({ url: redis.url }, [NoteJob]);
    expect((await failedEnqueue(none.jobs)).code).toBe('FLEDGE_STORE_AUTH');
    const byOption = await jobsApp({ url: redis.url, password: 'right' }, [NoteJob]);
    await recovers(byOption.jobs);
    const byUrl = await jobsApp({ url: redis.url.replace('//', '//:right@') + '/3?prefix=mine' }, [NoteJob]);
    await recovers(byUrl.jobs);
    const client = new Redis({ port: redis.port, password: 'right', db: 3 });
    onTestFinished(() => client.disconnect());
    expect(await client.keys('{mine}:default:*')).not.toEqual([]);
  });

  it('the user lacks a permission', async () => {
    const redis = await ownRedis(['--user', 'app', 'on', '>pass', '~*', '+@all', '-evalsha', '-eval']);
    const { jobs } = await jobsApp({ url: redis.url.replace('//', '//app:pass@') }, [NoteJob]);
    const error = await failedEnqueue(jobs);
    expect(error.code).toBe('FLEDGE_STORE_PERMISSION');
    expect(inspect(error, { depth: 20 })).not.toContain('"payload"');
  });

  it('Redis is loading its data', async () => {
    const redis = await ownRedis([
      '--enable-debug-command',
      'yes',
      '--loading-process-events-interval-bytes',
      '1024',
    ]);
    const client = admin(redis.port);
    await client.call('DEBUG', 'POPULATE', '20000');
    const { jobs } = await jobsApp({ url: redis.url }, [NoteJob]);
    await recovers(jobs);
    await client.config('SET', 'key-load-delay', '100');
    // As after a restart: loading these keys takes two seconds.
    const reloaded = client.call('DEBUG', 'RELOAD').catch(() => undefined);
    const codes = new Set<string>();
    await until('an enqueue fails because Redis is loading', async () => {
      const error: unknown = await jobs.enqueue(NoteJob, { note: 'x' }).catch((thrown: unknown) => thrown);
      if (error instanceof FledgeError) codes.add(error.code);
      return codes.has('FLEDGE_STORE_LOADING');
    });
    await reloaded;
    await recovers(jobs);
  });

  it('the host name does not resolve', async () => {
    const { jobs } = await jobsApp({ url: 'redis://nowhere.invalid' }, [NoteJob]);
    const error = await failedEnqueue(jobs);
    expect(error).toMatchObject({ code: 'FLEDGE_STORE_HOST_UNKNOWN', unavailable: true });
  });

  it('ioredis repeats an add whose reply was lost, and one job is stored', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const { jobs } = await jobsApp({ url: `redis://127.0.0.1:${proxy.port}` }, [NoteJob]);
    await recovers(jobs);
    const client = admin(redis.port);
    const waiting = (): Promise<number> => client.llen('{fledge}:default:wait');
    const before = await waiting();
    proxy.cutAtNextReply();
    expect(await jobs.enqueue(NoteJob, { note: 'once' })).toMatchObject({ status: 'enqueued' });
    expect(await waiting()).toBe(before + 1);
  });

  it('a repeated enqueue with the id of a time-out error is a duplicate, and one job is stored', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const { jobs } = await jobsApp({ url: `redis://127.0.0.1:${proxy.port}` }, [NoteJob]);
    await recovers(jobs);
    const client = admin(redis.port);
    const before = await client.llen('{fledge}:default:wait');
    proxy.swallowReplies();
    const error = await failedEnqueue(jobs);
    expect(error.code).toBe('FLEDGE_STORE_TIMEOUT');
    proxy.cut();
    const receipt = await until('the repeated add is answered', () =>
      jobs.enqueue(NoteJob, { note: 'x' }, { id: error.jobId! }).catch(() => undefined),
    );
    expect(receipt).toMatchObject({ id: error.jobId, status: 'duplicate', duplicateOf: error.jobId });
    expect(await client.llen('{fledge}:default:wait')).toBe(before + 1);
    await expect(jobs.enqueue(NoteJob, { note: 'x' }, { id: 'my-own-key' })).rejects.toMatchObject({
      code: 'FLEDGE_OPTION_INVALID',
    });
  });

  it('enqueueAll does not send the other slices after the first one failed', async () => {
    const { jobs } = await jobsApp({ url: `redis://127.0.0.1:${await freePort()}` }, [NoteJob]);
    const payloads = Array.from({ length: 5_000 }, () => ({ note: 'x' }));
    const error: unknown = await failure(jobs.enqueueAll(NoteJob, payloads));
    expect(error).toMatchObject({ code: 'FLEDGE_BULK_INCOMPLETE', unavailable: true });
    const { receipts } = error as { receipts: { status: string }[] };
    expect(receipts.filter(({ status }) => status === 'failed')).toHaveLength(5_000);
  });
});

describe('a Redis that may evict jobs', () => {
  const evicting = ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'];

  it('stops a production worker with a fix in the message, unless allowEviction is set', async () => {
    const redis = await ownRedis(evicting);
    process.env.NODE_ENV = 'production';
    onTestFinished(() => void delete process.env.NODE_ENV);
    const { worker } = await jobsApp({ url: redis.url }, [NoteJob]);
    await expect(worker.start()).rejects.toMatchObject({
      code: 'FLEDGE_EVICTION_POLICY',
      message: expect.stringContaining('AWS::ElastiCache::ParameterGroup'),
    });
    const allowed = await jobsApp({ url: redis.url, allowEviction: true }, [NoteJob]);
    await allowed.worker.start();
    await allowed.event('worker-started');
  });

  it('is one warning outside production', async () => {
    const redis = await ownRedis(evicting);
    const { worker, event, events } = await jobsApp({ url: redis.url }, [NoteJob]);
    await worker.start();
    await event('warning', ({ code }) => code === 'FLEDGE_EVICTION_POLICY');
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });
});
