import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedWeb } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

/** BullMQ's own view of the queue, which shows the state of a job. */
function engineQueue(url: string): Queue {
  const { hostname, port, searchParams } = new URL(url);
  const prefix = `{${searchParams.get('prefix') ?? 'fledge'}}`;
  const queue = new Queue('default', { connection: { host: hostname, port: Number(port) }, prefix });
  onTestFinished(() => queue.close());
  return queue;
}

describe('signals', () => {
  it('TERM lets a short job finish, puts a long one back without using an attempt, and exits with 0', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url, args: ['--shutdown-timeout', '10s'] });
    const short = await jobs.enqueue(ScriptedJob, { does: 'wait', ms: 1_000 });
    const long = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${long.id} started`));
    expect(await worker.stop()).toBe(0);
    const log = worker.lines.join('\n');
    expect(log).toMatch(new RegExp(`${short.id} performed in`));
    expect(log).toMatch(new RegExp(`${long.id} is back in its queue`));
    expect(log).toMatch(/stopped in .*; 1 unfinished job went back to its queue/);
    const job = (await engineQueue(url).getJob(long.id))!;
    expect(await job.getState()).toBe('waiting');
    expect(job.attemptsMade).toBe(0);
    const successor = await startedWorker({ url });
    await successor.waitFor(new RegExp(`${long.id} started on default$`));
  });

  it('TSTP stops taking jobs: running ones continue, and other workers take the rest', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    const first = await jobs.enqueue(ScriptedJob, { does: 'wait', ms: 1_500 });
    await worker.waitFor(new RegExp(`${first.id} started`));
    worker.kill('SIGTSTP');
    await worker.waitFor(/quiet: takes no more jobs/);
    const second = await jobs.enqueue(ScriptedJob, {});
    await worker.waitFor(new RegExp(`${first.id} performed`));
    const other = await startedWorker({ url });
    await other.waitFor(new RegExp(`${second.id} performed`));
    expect(worker.lines.join('\n')).not.toContain(`${second.id} started`);
    expect(await worker.stop()).toBe(0);
  });

  it('TTIN logs what each running job is doing', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    worker.kill('SIGTTIN');
    await worker.waitFor(/no job is running/);
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    worker.kill('SIGTTIN');
    await worker.waitFor(/1 job running/);
    await worker.waitFor(new RegExp(`^  ScriptedJob ${id} on default, attempt 1, for .*: performing$`));
  });

  it('a second INT exits with 130 at once, and the job is back in its queue', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    worker.kill('SIGINT');
    await worker.waitFor(/stopping with 1 job running/);
    expect(await worker.stop('SIGINT')).toBe(130);
    const job = (await engineQueue(url).getJob(id))!;
    expect([await job.getState(), job.attemptsMade]).toEqual(['waiting', 0]);
  });

  it.each([
    ['fixed in time, the job is put back', true, '10s', 0],
    ['not fixed, the job waits for its lock to expire, and the exit code is 3', false, '4s', 3],
  ])('TERM while the store refuses writes uses no attempt: %s', async (_, fixed, timeout, code) => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url, args: ['-t', timeout] });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'obey' });
    await worker.waitFor(new RegExp(`${id} started`));
    const admin = new Redis({ port: redis.port });
    onTestFinished(() => admin.disconnect());
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    const ended = worker.stop();
    await worker.waitFor(/was interrupted after/);
    await worker.waitFor(/ERROR .*FLEDGE_STORE_READONLY/);
    if (fixed) await admin.call('REPLICAOF', 'NO', 'ONE');
    expect(await ended).toBe(code);
    if (!fixed) {
      expect(worker.lines.join('\n')).toMatch(
        /1 could not be handed back and will run elsewhere within 20 s/,
      );
      await admin.call('REPLICAOF', 'NO', 'ONE');
    }
    const job = (await engineQueue(url).getJob(id))!;
    expect([await job.getState(), job.attemptsMade]).toEqual([fixed ? 'waiting' : 'active', 0]);
  });

  it('a second INT while the store is gone exits with 3, because no job could be put back', async () => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    worker.kill('SIGINT');
    await worker.waitFor(/stopping/);
    await redis.stop();
    expect(await worker.stop('SIGINT')).toBe(3);
  });

  it.each(['gone', 'frozen'] as const)('TERM while the store is %s exits with 3', async (how) => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url, args: ['-t', '3s'] });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'obey' });
    await worker.waitFor(new RegExp(`${id} started`));
    if (how === 'gone') await redis.stop();
    else redis.process.kill('SIGSTOP');
    expect(await worker.stop()).toBe(3);
    expect(worker.lines.join('\n')).toMatch(/1 could not be handed back/);
  });

  it('TERM while the store is slow puts the job back', async () => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url, args: ['-t', '10s'] });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'obey' });
    await worker.waitFor(new RegExp(`${id} started`));
    const ended = worker.stop();
    await worker.waitFor(/stopping/);
    // The store is frozen for most of the stop's time.
    redis.process.kill('SIGSTOP');
    await worker.waitFor(/interrupted after/);
    redis.process.kill('SIGCONT');
    expect(await ended).toBe(0);
    expect(await (await engineQueue(url).getJob(id))!.getState()).toBe('waiting');
  });
});

describe('an uncaught exception', () => {
  // The other jobs delay the exit after a crash by a fifth of this time. A tenth is for putting them back.
  const args = ['-t', '10s'];

  it.each(['throw', 'reject'] as const)(
    '%s: is logged, the jobs are put back, and the worker exits with 1',
    async (does) => {
      const { jobs, url } = await scriptedWeb();
      const worker = await startedWorker({ url, args });
      const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
      await worker.waitFor(new RegExp(`${id} started`));
      await jobs.enqueue(ScriptedJob, { does });
      const code = await worker.ended;
      expect(code).toBe(1);
      const log = worker.lines.join('\n');
      expect(log).toMatch(does === 'throw' ? /thrown and not caught/ : /rejected and not caught/);
      expect(log).toMatch(/2 unfinished jobs went back/);
      expect(await (await engineQueue(url).getJob(id))!.getState()).toBe('waiting');
    },
  );

  it('is a poison job after its fifth time: it is killed, and the other jobs run', async () => {
    const { jobs, url } = await scriptedWeb();
    const neighbour = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    const poison = await jobs.enqueue(ScriptedJob, { does: 'throw' });
    for (let death = 0; death < 5; death++) {
      const worker = workerProcess({ url, args });
      expect(await worker.ended).toBe(1);
      // After the first crash any of the running jobs may be the cause.
      const named = worker.lines
        .join('\n')
        .includes(`in ScriptedJob ${poison.id}: the worker stops taking jobs`);
      expect(named).toBe(death > 0);
    }
    const survivor = await startedWorker({ url });
    await survivor.waitFor(new RegExp(`${poison.id} killed: .*FLEDGE_JOB_POISON`));
    const { id } = await jobs.enqueue(ScriptedJob, {});
    await survivor.waitFor(new RegExp(`${id} performed`));
    // The other job is no longer charged for crashes of this one.
    expect((await engineQueue(url).getJob(neighbour.id))!.data).toMatchObject({ crashesForgiven: -1 });
  });
});

describe('signals while the worker boots', () => {
  it('TSTP takes effect after the boot, and TTIN is answered at once', async () => {
    const redis = await ownRedis();
    const { jobs } = await scriptedWeb(redis.url);
    const worker = workerProcess({ url: redis.url, entry: 'slow-boot-worker.mjs' });
    await worker.waitFor(/booting/);
    worker.kill('SIGTTIN');
    await worker.waitFor(/the application is booting, so no job is running/);
    worker.kill('SIGTSTP');
    await worker.waitFor(/will take no jobs/);
    const { id } = await jobs.enqueue(ScriptedJob, {});
    await worker.waitFor(/processor default/);
    expect(await worker.stop()).toBe(0);
    expect(worker.lines.join('\n')).not.toContain(`${id} started`);
  });
});

it('a shutdown hook may take the time that the stop has left over', async () => {
  const { url } = await scriptedWeb();
  // More than its share of the default 25 s, which is one second.
  const env = { CLOSING_TAKES: '1500' };
  const worker = await startedWorker({ url, entry: 'slow-boot-worker.mjs', env });
  expect(await worker.stop()).toBe(0);
  expect(worker.lines.at(-1)).toBe('closed');
});

it('a shutdown hook that takes too long is named, and the process exits anyway', async () => {
  const { url } = await scriptedWeb();
  const worker = await startedWorker({ url, entry: 'slow-boot-worker.mjs', args: ['-t', '1s'] });
  expect(await worker.stop()).toBe(0);
  expect(worker.lines.join('\n')).toMatch(
    /Closing the application took longer than the allowed [\d.]+ m?s.*shutdown hook/,
  );
});

const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--kill-child', 'true']).status === 0;

describe('a worker as process 1 of a container', () => {
  it.skipIf(!canUnshare)('finishes its job and exits with 0 on TERM', async () => {
    const { jobs, url } = await scriptedWeb();
    const script = fileURLToPath(new URL('../fixtures/scripted-worker.mjs', import.meta.url));
    const env = { PATH: process.env.PATH, JOBS_URL: url, JOBS_LOG_FORMAT: 'text', JOBS_LOG_LEVEL: 'debug' };
    const command = ['--pid', '--fork', '--kill-child', process.execPath, script];
    const namespace = spawn('unshare', command, { env });
    onTestFinished(() => void namespace.kill('SIGKILL'));
    let output = '';
    namespace.stdout.on('data', (chunk) => (output += String(chunk)));
    const ended = new Promise((resolve) => namespace.on('close', resolve));
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'obey', ms: 1_000 });
    await until('it runs', () => output.includes(`${id} started`));
    expect(output).toContain('[Nest] 1 ');
    // unshare does not forward TERM. A container runtime sends it to the process itself.
    const child = spawnSync('pgrep', ['-P', String(namespace.pid)])
      .stdout.toString()
      .trim();
    process.kill(Number(child), 'SIGTERM');
    expect(await ended).toBe(0);
    expect(output).toContain(`${id} performed`);
  });
});
