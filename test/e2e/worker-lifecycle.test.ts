import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedWeb } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

/** BullMQ's own view of the queue, to see where a job is. */
function engineQueue(url: string): Queue {
  const { hostname, port, searchParams } = new URL(url);
  const prefix = `{${searchParams.get('prefix') ?? 'fledge'}}`;
  const queue = new Queue('default', { connection: { host: hostname, port: Number(port) }, prefix });
  onTestFinished(() => queue.close());
  return queue;
}

describe('signals', () => {
  it('TERM lets a short job end and hands a long one back, which costs no attempt; exit 0', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url, args: ['--shutdown-timeout', '4s'] });
    const short = await jobs.enqueue(ScriptedJob, { does: 'wait', ms: 1_000 });
    const long = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${long.id} started`));
    const startedAt = Date.now();
    expect(await worker.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    const log = worker.lines.join('\n');
    expect(log).toMatch(new RegExp(`${short.id} performed in`));
    expect(log).toMatch(new RegExp(`${long.id} is back in its queue`));
    expect(log).toMatch(/stopped in .*; 1 unfinished job\(s\) went back/);
    const job = (await engineQueue(url).getJob(long.id))!;
    expect(await job.getState()).toBe('waiting');
    expect(job.attemptsMade).toBe(0);
    const successor = await startedWorker({ url });
    await successor.waitFor(new RegExp(`${long.id} started on default$`));
  });

  it('TSTP takes no more jobs; what runs goes on, and others take the rest', async () => {
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

  it('TTIN says what every running job is doing', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    worker.kill('SIGTTIN');
    await worker.waitFor(/no job is running/);
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    worker.kill('SIGTTIN');
    await worker.waitFor(/1 job\(s\) running/);
    await worker.waitFor(new RegExp(`^  ScriptedJob ${id} on default, attempt 1, for .*: performing$`));
  });

  it('a second INT leaves at once: 130, and the job is back in its queue', async () => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    worker.kill('SIGINT');
    await worker.waitFor(/stopping with 1 job\(s\) running/);
    const startedAt = Date.now();
    expect(await worker.stop('SIGINT')).toBe(130);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    const job = (await engineQueue(url).getJob(id))!;
    expect([await job.getState(), job.attemptsMade]).toEqual(['waiting', 0]);
  });

  it.each([
    ['cured in time: it is handed back', true, '8s', 0],
    ['not cured: it is left to its lock, exit 3', false, '4s', 3],
  ])(
    'TERM while the store refuses writes, %s; no attempt is spent',
    async (_, cured, timeout, code) => {
      const redis = await ownRedis();
      const { jobs, url } = await scriptedWeb(redis.url);
      const worker = await startedWorker({ url, args: ['-t', timeout] });
      const { id } = await jobs.enqueue(ScriptedJob, { does: 'heed' });
      await worker.waitFor(new RegExp(`${id} started`));
      const admin = new Redis({ port: redis.port });
      onTestFinished(() => admin.disconnect());
      await admin.call('REPLICAOF', '127.0.0.1', '1');
      const ended = worker.stop();
      await worker.waitFor(/was interrupted after/);
      await worker.waitFor(/ERROR .*FLEDGE_STORE_READONLY/);
      if (cured) await admin.call('REPLICAOF', 'NO', 'ONE');
      expect(await ended).toBe(code);
      if (!cured) {
        expect(worker.lines.join('\n')).toMatch(
          /1 could not be handed back and will run elsewhere within 20 s/,
        );
        await admin.call('REPLICAOF', 'NO', 'ONE');
      }
      const job = (await engineQueue(url).getJob(id))!;
      expect([await job.getState(), job.attemptsMade]).toEqual([cured ? 'waiting' : 'active', 0]);
    },
    30_000,
  );

  it('a second INT with the store gone: 3, since nothing could be handed back', async () => {
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

  it.each(['gone', 'frozen'] as const)('TERM with the store %s ends in time, with 3', async (how) => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url, args: ['-t', '3s'] });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'heed' });
    await worker.waitFor(new RegExp(`${id} started`));
    if (how === 'gone') await redis.stop();
    else redis.process.kill('SIGSTOP');
    const startedAt = Date.now();
    expect(await worker.stop()).toBe(3);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect(worker.lines.join('\n')).toMatch(/1 could not be handed back/);
  });

  it('TERM while the store is slow hands back anyway', async () => {
    const redis = await ownRedis();
    const { jobs, url } = await scriptedWeb(redis.url);
    const worker = await startedWorker({ url, args: ['-t', '5s'] });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'heed' });
    await worker.waitFor(new RegExp(`${id} started`));
    const ended = worker.stop();
    await worker.waitFor(/stopping/);
    // Out for most of the time that the stop has.
    redis.process.kill('SIGSTOP');
    await worker.waitFor(/interrupted after/);
    redis.process.kill('SIGCONT');
    expect(await ended).toBe(0);
    expect(await (await engineQueue(url).getJob(id))!.getState()).toBe('waiting');
  });
});

describe('an uncaught exception', () => {
  // The jobs beside it hold up its end for a fifth of this.
  const args = ['-t', '5s'];

  it.each(['throw', 'reject'] as const)('%s: is logged, jobs are handed back, exit 1', async (does) => {
    const { jobs, url } = await scriptedWeb();
    const worker = await startedWorker({ url, args });
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    await jobs.enqueue(ScriptedJob, { does });
    const code = await new Promise((resolve) => worker.on('exit', resolve));
    expect(code).toBe(1);
    const log = worker.lines.join('\n');
    expect(log).toMatch(does === 'throw' ? /thrown where nobody catches/ : /rejected and not caught/);
    expect(log).toMatch(/2 unfinished job\(s\) went back/);
    expect(await (await engineQueue(url).getJob(id))!.getState()).toBe('waiting');
  });

  it('that comes back with its job five times is poison: the job is killed, and the others run', async () => {
    const { jobs, url } = await scriptedWeb();
    const neighbour = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    const poison = await jobs.enqueue(ScriptedJob, { does: 'throw' });
    for (let death = 0; death < 5; death++) {
      const worker = workerProcess({ url, args });
      expect(await new Promise((resolve) => worker.on('exit', resolve))).toBe(1);
      // At first it may have been any that ran.
      const named = worker.lines
        .join('\n')
        .includes(`in ScriptedJob ${poison.id}: the worker stops taking jobs`);
      expect(named).toBe(death > 0);
    }
    const survivor = await startedWorker({ url });
    await survivor.waitFor(new RegExp(`${poison.id} killed: .*FLEDGE_JOB_POISON`));
    const { id } = await jobs.enqueue(ScriptedJob, {});
    await survivor.waitFor(new RegExp(`${id} performed`));
    // From then on nobody charges it with what another does beside it.
    expect((await engineQueue(url).getJob(neighbour.id))!.data).toMatchObject({ crashesForgiven: -1 });
  }, 60_000);
});

describe('while it boots', () => {
  it('TSTP is remembered, TTIN is answered', async () => {
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

it('a shutdown hook that waits is named, and does not hold up the end', async () => {
  const { url } = await scriptedWeb();
  const worker = await startedWorker({ url, entry: 'slow-boot-worker.mjs', args: ['-t', '1s'] });
  expect(await worker.stop()).toBe(0);
  expect(worker.lines.join('\n')).toMatch(
    /Closing the application took longer than the allowed 100 ms.*shutdown hook/,
  );
});

const canUnshare = spawnSync('unshare', ['--pid', '--fork', '--kill-child', 'true']).status === 0;

describe('as process number 1, as in a container', () => {
  it.skipIf(!canUnshare)('ends in order on TERM', async () => {
    const { jobs, url } = await scriptedWeb();
    const script = fileURLToPath(new URL('../fixtures/scripted-worker.mjs', import.meta.url));
    const env = { PATH: process.env.PATH, JOBS_URL: url, JOBS_LOG_FORMAT: 'text', JOBS_LOG_LEVEL: 'debug' };
    const command = ['--pid', '--fork', '--kill-child', process.execPath, script];
    const namespace = spawn('unshare', command, { env });
    onTestFinished(() => void namespace.kill('SIGKILL'));
    let output = '';
    namespace.stdout.on('data', (chunk) => (output += String(chunk)));
    const ended = new Promise((resolve) => namespace.on('exit', resolve));
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'heed', ms: 1_000 });
    await until('it runs', () => output.includes(`${id} started`));
    expect(output).toContain('[Nest] 1 ');
    // unshare keeps TERM to itself; a container's runtime sends it to the process.
    const child = spawnSync('pgrep', ['-P', String(namespace.pid)])
      .stdout.toString()
      .trim();
    process.kill(Number(child), 'SIGTERM');
    expect(await ended).toBe(0);
    expect(output).toContain(`${id} performed`);
  });
});
