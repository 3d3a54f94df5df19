import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedWeb } from '../support/scripted-jobs.js';
import { admin, password, refusals, rights } from '../support/store-problems.js';
import { until } from '../support/until.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-problem-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** How often the worker logged this code. */
const named = (worker: AppProcess, code: string): number =>
  worker.lines.filter((line) => line.includes('ERROR') && line.includes(code)).length;

/** Waits until a job that is enqueued now has run. */
async function takesJobs(worker: AppProcess, url: string): Promise<void> {
  const { jobs } = await scriptedWeb(url);
  const receipt = await until('an enqueue succeeds', () =>
    jobs.enqueue(ScriptedJob, {}).catch(() => undefined),
  );
  await worker.waitFor(new RegExp(`${receipt.id} performed`));
}

it.each(Object.entries({ ...refusals, 'a changed password': password, 'a missing right': rights }))(
  'a worker logs the problem once with a fix, and takes jobs after the fix: %s',
  async (_, { code, fix, begin }) => {
    const redis = await ownRedis();
    const { jobs } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url: redis.url });
    const { id } = await jobs.enqueue(ScriptedJob, {});
    await worker.waitFor(new RegExp(`${id} performed`));
    const end = await begin(redis);
    expect(await worker.waitFor(new RegExp(`ERROR .*${code}`))).toMatch(fix);
    await end();
    await takesJobs(worker, redis.url);
    expect(named(worker, code)).toBe(1);
  },
);

it('a worker logs once that Redis is loading its data, and takes jobs after the end', async () => {
  const directory = await temporary();
  // Redis sleeps this many microseconds for each key.
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
  await until('it has loaded', async () => (await look.info('persistence')).includes('loading:0'));
  await takesJobs(worker, first.url);
  expect(named(worker, 'FLEDGE_STORE_LOADING')).toBe(1);
});

it('a worker logs a host name that does not resolve, at boot and later, and takes jobs after the fix', async () => {
  const redis = await ownRedis();
  const file = join(await temporary(), 'name');
  const preload = fileURLToPath(new URL('../fixtures/name-service.mjs', import.meta.url));
  const env = { NODE_OPTIONS: `--import=${preload}`, NAMED_HOST: 'jobs.example.test', NAME_FILE: file };
  const named_ = redis.url.replace('127.0.0.1', 'jobs.example.test');
  const worker = workerProcess({ url: named_, env });
  expect(await worker.waitFor(/ERROR .*FLEDGE_STORE_HOST_UNKNOWN/)).toMatch(/Check the host in JOBS_URL/);
  await writeFile(file, '');
  await takesJobs(worker, redis.url);
  expect(named(worker, 'FLEDGE_STORE_HOST_UNKNOWN')).toBe(1);

  await rm(file);
  await redis.stop();
  await until('it is logged again', () => named(worker, 'FLEDGE_STORE_HOST_UNKNOWN') === 2);
  await ownRedis([], redis.port);
  await writeFile(file, '');
  await takesJobs(worker, redis.url);
  expect(named(worker, 'FLEDGE_STORE_HOST_UNKNOWN')).toBe(2);
});
