import { Queue } from 'bullmq';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Job } from 'nestjs-fledge';
import { expect, it, onTestFinished } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const fixture = fileURLToPath(new URL('../fixtures/chaos-worker.mjs', import.meta.url));
const jobs = 1_500;
const kills = 20;
const workers = 3;

@Job({ attempts: 3 })
class LedgerJob {
  async perform(_payload: { ms: number }): Promise<void> {}
}

/** Returns the same random numbers for the same seed, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

it('loses and fails none of 1,500 jobs while workers are killed with -9 at random 20 times', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-chaos-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const ledger = join(directory, 'ledger');
  const redis = await ownRedis();
  const next = random(20_261_123);
  const fleet: ChildProcess[] = [];
  const start = (): ChildProcess => {
    const env = { PATH: process.env.PATH, JOBS_URL: redis.url, LEDGER: ledger, NO_COLOR: '1' };
    const worker = spawn(process.execPath, [fixture], { env, stdio: 'ignore' });
    fleet.push(worker);
    return worker;
  };
  onTestFinished(() => fleet.forEach((worker) => worker.kill('SIGKILL')));
  const running = Array.from({ length: workers }, start);

  const web = await jobsApp({ url: redis.url, queues: { default: {} } }, [LedgerJob]);
  const receipts = await web.jobs.enqueueAll(
    LedgerJob,
    Array.from({ length: jobs }, () => ({ ms: Math.round(100 + 200 * next()) })),
  );
  const lines = async (): Promise<string[]> => (await readFile(ledger, 'utf8').catch(() => '')).split('\n');
  const started = async (): Promise<number> =>
    (await lines()).filter((line) => line.startsWith('start')).length;
  await until('the first jobs run', async () => (await started()) > 10);
  for (let i = 0; i < kills; i++) {
    const victim = Math.floor(next() * workers);
    running[victim]!.kill('SIGKILL');
    running[victim] = start();
    const begun = await started();
    await until('more jobs run', async () => (await started()) >= begun + jobs / (2 * kills));
  }

  const connection = { host: '127.0.0.1', port: redis.port };
  const queue = new Queue('default', { connection, prefix: '{fledge}' });
  onTestFinished(() => queue.close());
  const open = () => queue.getJobCountByTypes('wait', 'active', 'delayed', 'prioritized');
  await until('all are done', async () => (await open()) === 0);

  const ended = (await lines()).filter((line) => line.startsWith('end')).map((line) => line.split(' ')[1]!);
  expect(receipts.filter(({ id }) => !ended.includes(id))).toEqual([]);
  expect(await queue.getFailedCount()).toBe(0);
  // A job may end twice only if its worker died after the end and before the acknowledgement.
  expect(ended.length - jobs).toBeLessThanOrEqual(kills * 10);
  const attempts = await queue.getJobs(['completed'], 0, -1);
  expect(attempts.every((job) => job.attemptsMade === 1)).toBe(true);
});
