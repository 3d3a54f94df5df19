import { Redis } from 'ioredis';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import type { PrivateRedis } from '../../src/testing/redis/private-redis.js';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedWeb } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

function admin(port: number, password?: string): Redis {
  const client = new Redis({ port, ...(password === undefined ? {} : { password }) });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-trouble-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** How often the worker named this cause. */
const named = (worker: AppProcess, code: string): number =>
  worker.lines.filter((line) => line.includes('ERROR') && line.includes(code)).length;

/** Milliseconds until a job that is sent from now on has run. */
async function timeToConsume(worker: AppProcess, url: string): Promise<number> {
  const curedAt = Date.now();
  const { jobs } = await scriptedWeb(url);
  const receipt = await until('an enqueue succeeds', () =>
    jobs.enqueue(ScriptedJob, {}).catch(() => undefined),
  );
  await worker.waitFor(new RegExp(`${receipt.id} performed`));
  return Date.now() - curedAt;
}

interface Trouble {
  readonly code: string;
  /** What the log says to do. */
  readonly cure: RegExp;
  readonly begin: (redis: PrivateRedis) => Promise<() => Promise<unknown>>;
}

const replica: Trouble = {
  code: 'FLEDGE_STORE_READONLY',
  cure: /point JOBS_URL to the primary endpoint/,
  async begin({ port }) {
    const client = admin(port);
    await client.call('REPLICAOF', '127.0.0.1', '1');
    return () => client.call('REPLICAOF', 'NO', 'ONE');
  },
};

const full: Trouble = {
  code: 'FLEDGE_STORE_FULL',
  cure: /Increase its memory/,
  async begin({ port }) {
    const client = admin(port);
    await client.config('SET', 'maxmemory', '1');
    return () => client.config('SET', 'maxmemory', '0');
  },
};

const snapshot: Trouble = {
  code: 'FLEDGE_STORE_SNAPSHOT',
  cure: /Check that its disk/,
  async begin({ port }) {
    const client = admin(port);
    const [, directory] = (await client.config('GET', 'dir')) as [string, string];
    // A folder stands where the snapshot should be written.
    const obstacle = join(directory, 'dump.rdb');
    await mkdir(obstacle);
    await client.config('SET', 'save', '3600 1');
    await client.bgsave();
    await until('it fails', async () => (await client.info('persistence')).includes('bgsave_status:err'));
    return async () => {
      await rm(obstacle, { recursive: true });
      await client.bgsave();
      await until('it saves', async () => (await client.info('persistence')).includes('bgsave_status:ok'));
    };
  },
};

const password: Trouble = {
  code: 'FLEDGE_STORE_AUTH',
  cure: /Check JOBS_PASSWORD/,
  async begin({ port }) {
    const client = admin(port);
    await client.config('SET', 'requirepass', 'rotated');
    const rotated = admin(port, 'rotated');
    await rotated.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    return () => rotated.config('SET', 'requirepass', '');
  },
};

const rights: Trouble = {
  code: 'FLEDGE_STORE_PERMISSION',
  cure: /On keys that begin with the prefix, allow all commands/,
  async begin({ port }) {
    const client = admin(port);
    await client.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval');
    return () => client.call('ACL', 'SETUSER', 'default', '+@all');
  },
};

it.each(Object.entries({ replica, full, snapshot, password, rights }))(
  'a worker names it once with its cure, survives it, and consumes within 5 s of the cure: %s',
  async (_, { code, cure, begin }) => {
    const redis = await ownRedis();
    const { jobs } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url: redis.url });
    const { id } = await jobs.enqueue(ScriptedJob, {});
    await worker.waitFor(new RegExp(`${id} performed`));
    const end = await begin(redis);
    expect(await worker.waitFor(new RegExp(`ERROR .*${code}`))).toMatch(cure);
    await end();
    expect(await timeToConsume(worker, redis.url)).toBeLessThan(5_000);
    expect(named(worker, code)).toBe(1);
  },
  60_000,
);

it('as one that loads its data', async () => {
  const directory = await temporary();
  // Redis sleeps that many microseconds for each key.
  const slowly = [
    '--dir',
    directory,
    '--key-load-delay',
    '1500',
    '--loading-process-events-interval-bytes',
    '1024',
  ];
  const first = await ownRedis(['--dir', directory]);
  const worker = await startedWorker({ url: first.url });
  const client = admin(first.port);
  const keys = client.pipeline();
  for (let i = 0; i < 2_000; i++) keys.set(`filler-${i}`, 'x'.repeat(100));
  await keys.exec();
  await client.save();
  client.disconnect();
  first.process.kill('SIGKILL');
  await worker.waitFor(/ERROR .*lost redis:/);
  await ownRedis(slowly, first.port);
  expect(await worker.waitFor(/ERROR .*FLEDGE_STORE_LOADING/)).toMatch(/It answers when that is done/);
  const look = admin(first.port);
  await until('it has loaded', async () => (await look.info('persistence')).includes('loading:0'), 30_000);
  expect(await timeToConsume(worker, first.url)).toBeLessThan(5_000);
  expect(named(worker, 'FLEDGE_STORE_LOADING')).toBe(1);
}, 60_000);

it('as one whose name cannot be resolved, at its boot and later', async () => {
  const redis = await ownRedis();
  const file = join(await temporary(), 'name');
  const preload = fileURLToPath(new URL('../fixtures/name-service.mjs', import.meta.url));
  const env = { NODE_OPTIONS: `--import=${preload}`, NAMED_HOST: 'jobs.example.test', NAME_FILE: file };
  const named_ = redis.url.replace('127.0.0.1', 'jobs.example.test');
  const worker = workerProcess({ url: named_, env });
  expect(await worker.waitFor(/ERROR .*FLEDGE_STORE_HOST_UNKNOWN/)).toMatch(/Check the host in JOBS_URL/);
  await writeFile(file, '');
  expect(await timeToConsume(worker, redis.url)).toBeLessThan(5_000);
  expect(named(worker, 'FLEDGE_STORE_HOST_UNKNOWN')).toBe(1);

  await rm(file);
  await redis.stop();
  await until('it is named again', () => named(worker, 'FLEDGE_STORE_HOST_UNKNOWN') === 2);
  await ownRedis([], redis.port);
  await writeFile(file, '');
  expect(await timeToConsume(worker, redis.url)).toBeLessThan(5_000);
  expect(named(worker, 'FLEDGE_STORE_HOST_UNKNOWN')).toBe(2);
}, 60_000);
