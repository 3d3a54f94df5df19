import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { examineStore, Job, type Check, type Diagnosis } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { hookedProxy } from '../support/hooked-proxy.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

@Job()
class NoteJob {
  async perform(_payload: { note: string }): Promise<void> {}
}

/** With an append-only file the diagnosis of a server has no findings. */
const durable = ['--appendonly', 'yes'];

function admin(port: number): Redis {
  const client = new Redis({ port, maxRetriesPerRequest: null });
  onTestFinished(() => client.disconnect());
  return client;
}

function bullQueue(client: Redis): Queue {
  return new Queue('default', { connection: client, prefix: '{fledge}' });
}

const named = (diagnosis: Diagnosis, name: string): Check | undefined =>
  diagnosis.checks.find((check) => check.name === name);
/** Without the latency, because a busy machine makes every server look slow. */
const faults = ({ checks }: Diagnosis): Check[] =>
  checks.filter(({ status, name }) => status !== 'ok' && name !== 'latency');

describe('the diagnosis of a healthy store', () => {
  it('has no findings, and each check shows what was found', async () => {
    const { url } = await ownRedis(durable);
    const { jobs, worker, event } = await jobsApp({ url }, [NoteJob]);
    await worker.start();
    await jobs.enqueue(NoteJob, { note: 'x' });
    await event('finished');
    const diagnosis = await examineStore(url);
    expect(faults(diagnosis)).toEqual([]);
    expect(diagnosis).toMatchObject({ ok: true, errors: 0, store: `${url}/0, prefix {fledge}` });
    expect(diagnosis.checks.map(({ name }) => name)).toEqual([
      'connection',
      'TLS',
      'version',
      'eviction policy',
      'memory',
      'evicted keys',
      'persistence',
      'last save',
      'replication',
      'cluster',
      'connections',
      'backlog',
      'latency',
      'clock',
      'application',
      'queues',
      'queue default',
      'queue mailers',
      'paused queues',
      'retention',
      'schedulers',
      'paused jobs',
    ]);
    expect(named(diagnosis, 'queue default')?.found).toMatch(/0 waiting.*1 completed, 0 failed; 1 worker$/);
  });

  it('has no findings if the store is empty', async () => {
    const { url } = await ownRedis(durable);
    const diagnosis = await examineStore(url);
    expect(faults(diagnosis)).toEqual([]);
    expect(named(diagnosis, 'queues')?.found).toBe('none below the prefix {fledge} yet');
  });

  it('works with a user who cannot write', async () => {
    const rights = ['~{fledge}:*', '+@all', '-@write', '-@admin', '-@dangerous', '+info', '+client|list'];
    const redis = await ownRedis([...durable, '--user', 'reader', 'on', '>pass', ...rights]);
    await bullQueue(admin(redis.port)).upsertJobScheduler('nightly', { pattern: '0 3 * * *' });
    const diagnosis = await examineStore(redis.url.replace('//', '//reader:pass@'));
    // The first job of the scheduler is scheduled and has no worker.
    expect(faults(diagnosis).map(({ code }) => code)).toEqual(['FLEDGE_QUEUE_UNSERVED']);
  });
});

describe('the diagnosis of a server', () => {
  it('reports an eviction policy that may evict jobs', async () => {
    const { url } = await ownRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru', ...durable]);
    const diagnosis = await examineStore(url);
    expect(faults(diagnosis)).toMatchObject([{ status: 'error', code: 'FLEDGE_EVICTION_POLICY' }]);
    expect(diagnosis.ok).toBe(false);
  });

  it('reports evicted keys', async () => {
    const redis = await ownRedis(['--maxmemory', '4mb', '--maxmemory-policy', 'allkeys-lru', ...durable]);
    const client = admin(redis.port);
    await until('something is evicted', async () => {
      await client.set(`cache:${Math.random()}`, 'x'.repeat(100_000));
      return !(await client.info('stats')).includes('evicted_keys:0');
    });
    await client.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
    const [fault, ...others] = faults(await examineStore(redis.url));
    expect(fault).toMatchObject({ name: 'evicted keys', status: 'error', code: 'FLEDGE_KEYS_EVICTED' });
    expect(fault?.found).toMatch(/^[1-9]\d* in /);
    expect(others).toEqual([]);
  });

  it.each([
    [80, 'warning'],
    [95, 'error'],
  ])('reports memory that is %i %% full', async (percent, status) => {
    const redis = await ownRedis(durable);
    const client = admin(redis.port);
    await client.set('ballast', 'x'.repeat(30_000_000));
    const used = await until('the buffers are freed', async () => {
      const bytes = Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
      return bytes < 40_000_000 && bytes;
    });
    await client.config('SET', 'maxmemory', Math.round((used / percent) * 100));
    const diagnosis = await examineStore(redis.url);
    expect(faults(diagnosis)).toMatchObject([{ name: 'memory', status, code: 'FLEDGE_STORE_MEMORY' }]);
    await client.config('SET', 'maxmemory', used * 2);
    expect(faults(await examineStore(redis.url))).toEqual([]);
  });

  it('reports a missing append-only file', async () => {
    const redis = await ownRedis();
    await admin(redis.port).set('a', 1);
    const diagnosis = await examineStore(redis.url);
    expect(faults(diagnosis)).toMatchObject([{ status: 'warning', code: 'FLEDGE_STORE_PERSISTENCE' }]);
    expect(diagnosis).toMatchObject({ ok: true, errors: 0 });
    expect(faults(diagnosis)[0]!.found).toContain('1 change in the last');
  });

  it('reports a snapshot that cannot be saved', async () => {
    const redis = await ownRedis(durable);
    const client = admin(redis.port);
    const [, directory] = (await client.config('GET', 'dir')) as [string, string];
    // A folder with the name of the snapshot makes saving fail. Other obstacles would not stop root.
    await mkdir(`${directory}/dump.rdb`);
    await client.bgsave();
    await until('the snapshot failed', async () =>
      (await client.info('persistence')).includes('rdb_last_bgsave_status:err'),
    );
    expect(faults(await examineStore(redis.url))).toMatchObject([
      { name: 'last save', status: 'error', code: 'FLEDGE_STORE_SNAPSHOT' },
    ]);
  });

  it('reports that the server is loading', async () => {
    const former = await ownRedis();
    const client = admin(former.port);
    await client.mset(
      Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key:${i}`, 'x'.repeat(1_000)])),
    );
    const [, directory] = (await client.config('GET', 'dir')) as [string, string];
    await client.save();
    const slowly = ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'];
    const { url } = await ownRedis(['--dir', directory, ...slowly]);
    const diagnosis = await examineStore(url);
    expect(named(diagnosis, 'connection')?.status).toBe('ok');
    expect(named(diagnosis, 'loading')).toMatchObject({ status: 'error', code: 'FLEDGE_STORE_LOADING' });
    expect(named(diagnosis, 'queues')).toMatchObject({ status: 'unknown' });
  });

  it('reports a replica', async () => {
    const redis = await ownRedis(durable);
    await admin(redis.port).call('REPLICAOF', '127.0.0.1', '1');
    const [fault, ...others] = faults(await examineStore(redis.url));
    expect(fault).toMatchObject({ status: 'error', code: 'FLEDGE_STORE_READONLY' });
    expect(fault?.found).toContain('a replica of 127.0.0.1:1, link down');
    expect(others).toEqual([]);
  });

  it('reports a node of a Cluster', async () => {
    const bus = String(await freePort());
    const redis = await ownRedis([...durable, '--cluster-enabled', 'yes', '--cluster-port', bus]);
    const client = admin(redis.port);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('it is up', async () => String(await client.call('CLUSTER', 'INFO')).includes('state:ok'));
    const queue = bullQueue(client);
    await queue.waitUntilReady();
    const diagnosis = await examineStore(redis.url);
    expect(faults(diagnosis)).toMatchObject([{ status: 'warning', code: 'FLEDGE_STORE_CLUSTER' }]);
    expect(named(diagnosis, 'queue default')?.status).toBe('ok');
    // Without the slot, the checks that still work have results, and the others are unknown.
    await client.call('CLUSTER', 'DELSLOTSRANGE', '0', '16383');
    expect(named(await examineStore(redis.url), 'queue default')?.status).toBe('unknown');
  });

  it('reports too many connections', async () => {
    const redis = await ownRedis([...durable, '--maxclients', '10']);
    const clients = Array.from({ length: 8 }, () => admin(redis.port));
    await Promise.all(clients.map((client) => client.ping()));
    const [fault, ...others] = faults(await examineStore(redis.url));
    expect(fault).toMatchObject({ status: 'warning', code: 'FLEDGE_STORE_CONNECTIONS' });
    expect(fault?.found).toMatch(/^9 of 10, 90 %; a web process takes 1, a worker 2/);
    expect(others).toEqual([]);
  });

  it('reports a high latency', async () => {
    const redis = await ownRedis(durable);
    const port = await hookedProxy(redis.port, { delay: 15 });
    const diagnosis = await examineStore(`redis://127.0.0.1:${port}`);
    expect(named(diagnosis, 'latency')).toMatchObject({ status: 'warning', code: 'FLEDGE_STORE_SLOW' });
    expect(faults(diagnosis)).toEqual([]);
  });

  it('reports a clock that differs', async () => {
    const { url } = await ownRedis(durable);
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 5_000);
    onTestFinished(() => void vi.restoreAllMocks());
    const [fault, ...others] = faults(await examineStore(url));
    expect(fault).toMatchObject({ name: 'clock', status: 'warning', code: 'FLEDGE_CLOCK_SKEW' });
    expect(fault?.found).toContain("5 s ahead of this machine's");
    expect(others).toEqual([]);
  });
});

describe('a failed connection is one failed check', () => {
  async function refusal(url: string, password?: string): Promise<Check> {
    const diagnosis = await examineStore(url, password === undefined ? {} : { password });
    expect(diagnosis).toMatchObject({ ok: false, errors: 1, warnings: 0 });
    expect(diagnosis.checks).toHaveLength(1);
    expect(diagnosis.checks[0]).toMatchObject({ name: 'connection', status: 'error' });
    expect(diagnosis.checks[0]!.fix).toMatch(/[.?]$/);
    expect(JSON.stringify(diagnosis)).not.toContain('s3cret');
    return diagnosis.checks[0]!;
  }

  it('if nothing listens', async () => {
    const port = await freePort();
    expect(await refusal(`redis://:s3cret@127.0.0.1:${port}`)).toMatchObject({
      code: 'FLEDGE_STORE_UNREACHABLE',
    });
  });

  it('if the host has no address', async () => {
    expect(await refusal('redis://nowhere.invalid')).toMatchObject({ code: 'FLEDGE_STORE_HOST_UNKNOWN' });
  });

  it('if the password is wrong or missing', async () => {
    const { url } = await ownRedis(['--requirepass', 'right']);
    const wrong = await refusal(url, 's3cret-and-wrong');
    expect(wrong).toMatchObject({ code: 'FLEDGE_STORE_AUTH' });
    expect(wrong.found).toContain('WRONGPASS');
    expect((await refusal(url)).found).toContain('NOAUTH');
    expect((await examineStore(url, { password: 'right' })).ok).toBe(true);
    expect((await examineStore(url, { env: { JOBS_PASSWORD: 'right' } })).ok).toBe(true);
  });

  it('if the server is frozen', async () => {
    const redis = await ownRedis();
    redis.process.kill('SIGSTOP');
    const check = await refusal(redis.url);
    expect(check).toMatchObject({ code: 'FLEDGE_STORE_TIMEOUT' });
    expect(check.fix).toContain('SLOWLOG');
  });

  it('if TLS meets a plain port', async () => {
    const redis = await ownRedis();
    const check = await refusal(`rediss://127.0.0.1:${redis.port}`);
    expect(check).toMatchObject({ code: 'FLEDGE_STORE_TLS', fix: expect.stringContaining('rediss://') });
  });

  it('if the server is not a Redis', async () => {
    const server = createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const check = await refusal(`redis://:s3cret@127.0.0.1:${(server.address() as { port: number }).port}`);
    expect(check).toMatchObject({ code: 'FLEDGE_STORE_FAILED', fix: expect.stringContaining('a Redis') });
  });

  it('a connection that breaks during the diagnosis is an error next to the results so far', async () => {
    const redis = await ownRedis(durable);
    const port = await hookedProxy(redis.port, { cutAt: 'scan' });
    const diagnosis = await examineStore(`redis://127.0.0.1:${port}`);
    expect(named(diagnosis, 'connection')).toMatchObject({
      status: 'error',
      code: 'FLEDGE_STORE_UNREACHABLE',
    });
    expect(named(diagnosis, 'version')?.status).toBe('ok');
    expect(named(diagnosis, 'queues')?.status).toBe('unknown');
  });

  it('a URL that is not a Redis URL is refused', async () => {
    const wrong = { code: 'FLEDGE_STORE_URL_INVALID' };
    await expect(examineStore('memory:')).rejects.toMatchObject(wrong);
    await expect(examineStore('http://:s3cret@x')).rejects.toMatchObject(wrong);
    await expect(examineStore('postgres://x')).rejects.toMatchObject({ code: 'FLEDGE_STORE_UNSUPPORTED' });
  });
});

describe('a check that the user is not allowed is unknown', () => {
  const few = ['resetchannels', '+@all', '-@admin', '-@dangerous'];

  it('no check is unknown with the least rights of docs/redis.md', async () => {
    const rights = ['~{fledge}:*', ...few, '+info', '+client|setname', '+client|list'];
    const redis = await ownRedis([...durable, '--user', 'app', 'on', '>pass', ...rights]);
    await bullQueue(admin(redis.port)).waitUntilReady();
    expect(faults(await examineStore(redis.url.replace('//', '//app:pass@')))).toEqual([]);
  });

  it('names the right to grant if INFO and CLIENT LIST are missing', async () => {
    const redis = await ownRedis([...durable, '--user', 'app', 'on', '>pass', '~{fledge}:*', ...few]);
    await bullQueue(admin(redis.port)).waitUntilReady();
    const diagnosis = await examineStore(redis.url.replace('//', '//app:pass@'));
    expect(diagnosis).toMatchObject({ ok: true, errors: 0 });
    expect(named(diagnosis, 'eviction policy')?.code).toBe('FLEDGE_EVICTION_UNKNOWN');
    expect(named(diagnosis, 'memory')).toMatchObject({
      status: 'unknown',
      code: 'FLEDGE_STORE_PERMISSION',
      fix: expect.stringContaining('+info'),
    });
    expect(named(diagnosis, 'workers')).toMatchObject({
      status: 'unknown',
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      fix: expect.stringContaining('+client|list'),
    });
    expect(named(diagnosis, 'queue default')).toMatchObject({ status: 'unknown' });
    expect(named(diagnosis, 'latency')?.status).toBe('ok');
  });

  it('names the rights for a user who may do nothing, or only on other keys', async () => {
    const blindUser = ['--user', 'blind', 'on', '>pass', '+hello', '+auth'];
    const stranger = ['--user', 'stranger', 'on', '>pass', '~other:*', '+@all'];
    const redis = await ownRedis([...blindUser, ...stranger]);
    await bullQueue(admin(redis.port)).waitUntilReady();
    const blind = await examineStore(redis.url.replace('//', '//blind:pass@'));
    expect(blind.ok).toBe(true);
    expect(named(blind, 'queues')?.fix).toContain('+scan');
    expect(named(blind, 'latency')?.fix).toContain('+ping');
    const elsewhere = await examineStore(redis.url.replace('//', '//stranger:pass@'));
    expect(named(elsewhere, 'queue default')).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('~{fledge}:*'),
    });
  });
});

describe('the diagnosis of queues', () => {
  it('reports a queue with jobs and no worker', async () => {
    const { url } = await ownRedis(durable);
    const { jobs, worker } = await jobsApp({ url }, [NoteJob]);
    await jobs.enqueue(NoteJob, { note: 'x' }, { delay: '1h' });
    expect(faults(await examineStore(url))).toMatchObject([
      { name: 'queue default', status: 'warning', code: 'FLEDGE_QUEUE_UNSERVED' },
    ]);
    await worker.start();
    await until('it is seen', async () => faults(await examineStore(url)).length === 0);
  });

  it('reports a paused queue', async () => {
    const redis = await ownRedis(durable);
    const queue = bullQueue(admin(redis.port));
    await queue.pause();
    expect(faults(await examineStore(redis.url))).toMatchObject([{ code: 'FLEDGE_QUEUE_PAUSED' }]);
    await queue.resume();
    expect(faults(await examineStore(redis.url))).toEqual([]);
  });

  it('reports a queue that keeps more finished jobs than Fledge', async () => {
    const redis = await ownRedis(durable);
    const client = admin(redis.port);
    await bullQueue(client).waitUntilReady();
    const finished = (from: number, to: number): (string | number)[] =>
      Array.from({ length: to - from }, (_, i) => [from + i, `job-${from + i}`]).flat();
    await client.zadd('{fledge}:default:completed', ...finished(0, 10_000));
    expect(faults(await examineStore(redis.url))).toEqual([]);
    await client.zadd('{fledge}:default:completed', ...finished(10_000, 10_001));
    const [fault, ...others] = faults(await examineStore(redis.url));
    expect(fault).toMatchObject({ name: 'retention', status: 'warning', code: 'FLEDGE_RETENTION' });
    expect(fault?.found).toContain('default: 10001 completed');
    expect(others).toEqual([]);
  });

  it('reports schedulers of BullMQ 5 and late schedulers', async () => {
    const redis = await ownRedis(durable);
    const client = admin(redis.port);
    const queue = bullQueue(client);
    await queue.upsertJobScheduler('a:b:c:d:e f', { pattern: '0 3 * * *' });
    // Removes the scheduler's first job, which would have no worker.
    await client.del('{fledge}:default:delayed');
    const later = Date.now() + 3_600_000;
    expect(faults(await examineStore(redis.url))).toEqual([]);
    const old = ['Report::::0 3 * * *', 'Sweep:id:::60000', 'a-hash-that-is-gone'];
    for (const key of old) await client.zadd('{fledge}:default:repeat', later, key);
    // Later releases of BullMQ 5 also stored a hash.
    await client.hset('{fledge}:default:repeat:Sweep:id:::60000', { name: 'Sweep', every: '60000' });
    const [legacy, ...others] = faults(await examineStore(redis.url));
    expect(legacy).toMatchObject({ status: 'warning', code: 'FLEDGE_SCHEDULER_OLD' });
    expect(legacy?.found).toMatch(/^3 that/);
    expect(others).toEqual([]);
    expect(await client.zcard('{fledge}:default:repeat')).toBe(4);
    await client.zrem('{fledge}:default:repeat', ...old);
    await client.zadd('{fledge}:default:repeat', Date.now() - 3_600_000, 'a:b:c:d:e f');
    const [late] = faults(await examineStore(redis.url));
    expect(late).toMatchObject({ status: 'warning', code: 'FLEDGE_SCHEDULER_OVERDUE' });
    expect(late?.found).toContain('the oldest by 1 h: default a:b:c:d:e f');
  });

  it('ignores other prefixes', async () => {
    const redis = await ownRedis(durable);
    const other = new Queue('foreign', { connection: admin(redis.port), prefix: '{other}' });
    await other.pause();
    expect(faults(await examineStore(redis.url))).toEqual([]);
    expect(named(await examineStore(`${redis.url}?prefix=other`), 'queue foreign')?.status).toBe('ok');
  });
});
