import { Queue } from 'bullmq';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Job, type JobContext } from 'nestjs-fledge';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { admin, errorCount, refusals } from '../support/store-problems.js';
import { System } from '../support/system.js';
import { tcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const ran: string[] = [];
let release: () => void = () => undefined;

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job({ attempts: 3, backoff: 10 })
class HeldJob {
  async perform({ fails }: { fails?: boolean }, { signal }: JobContext): Promise<void> {
    ran.push('held');
    signal.addEventListener('abort', () =>
      ran.push(`aborted: ${(signal.reason as { reason: string }).reason}`),
    );
    await new Promise<void>((resolve) => (release = resolve));
    if (fails && ran.length === 1) throw new Error('once');
  }
}

async function startWorker(url: string): Promise<JobsApp> {
  const app = await jobsApp({ url }, [NoteJob, HeldJob]);
  await app.worker.start();
  return app;
}

/** Waits until a job that is enqueued now has run. */
async function takesJobs(port: number): Promise<void> {
  const { jobs } = await jobsApp({ url: `redis://127.0.0.1:${port}` }, [NoteJob]);
  const enqueue = (): Promise<boolean> =>
    jobs.enqueue(NoteJob, { note: 'fixed' }).then(
      () => true,
      () => false,
    );
  await until('an enqueue succeeds', enqueue);
  await until('it ran', () => ran.includes('fixed'));
}

beforeEach(() => {
  ran.length = 0;
});

describe('a worker whose store refuses commands', () => {
  const cases = Object.entries(refusals).map(
    ([name, refusal], i) => [name, i === 0 ? 'while it runs' : 'before it starts', refusal] as const,
  );

  it.each(cases)(
    'retries slowly, logs the problem once or twice, and takes jobs after the fix: %s, %s',
    async (_, when, { error, begin }) => {
      const redis = await ownRedis();
      const client = admin(redis.port);
      const { jobs, worker, events } = await jobsApp({ url: redis.url }, [NoteJob, HeldJob]);
      await jobs.enqueue(NoteJob, { note: 'waits' });
      if (when === 'while it runs') await worker.start();
      const end = await begin(redis);
      await worker.start();
      await until('a command is refused', async () => (await errorCount(client, error)) > 0);
      const before = await errorCount(client, error);
      const startedAt = performance.now();
      await sleep(3_000);
      const errors = (await errorCount(client, error)) - before;
      // BullMQ alone sends about five thousand commands per second.
      expect(errors / (performance.now() - startedAt)).toBeLessThan(0.02);
      const logged = events.filter(({ type }) => type === 'store-error').length;
      expect([1, 2]).toContain(logged);
      await end();
      await takesJobs(redis.port);
      expect(ran).toContain('waits');
    },
  );

  it.each([
    ['a finished job', false, ['held']],
    ['a failed attempt', true, ['held', 'held']],
  ])('acknowledges %s after the fix instead of running it again', async (_, fails, runs) => {
    const redis = await ownRedis();
    const client = admin(redis.port);
    const { jobs, event } = await startWorker(redis.url);
    const { id } = await jobs.enqueue(HeldJob, { fails });
    await until('it runs', () => ran.length === 1);
    await client.call('REPLICAOF', '127.0.0.1', '1');
    release();
    await event('finished');
    const before = await errorCount(client, 'READONLY');
    await until(
      'its acknowledgement was refused',
      async () => (await errorCount(client, 'READONLY')) > before + 2,
    );
    await client.call('REPLICAOF', 'NO', 'ONE');
    const queue = new Queue('default', { connection: { port: redis.port }, prefix: '{fledge}' });
    onTestFinished(() => queue.close());
    if (fails) {
      await until('the next attempt runs', () => ran.length === 2);
      release();
    }
    await until('it is completed', async () => (await queue.getJob(id))?.isCompleted());
    expect(ran).toEqual(runs);
    expect((await queue.getJob(id))?.stalledCounter).toBe(0);
  });

  it('uses almost no CPU while the store is read-only', async () => {
    const redis = await ownRedis();
    const client = admin(redis.port);
    const system = await System.create({ JOBS_URL: redis.url });
    const worker = await system.worker();
    await client.call('REPLICAOF', '127.0.0.1', '1');
    await worker.waitFor(/the store is returning errors .*READONLY/);
    const before = cpuTicks(worker.pid);
    const startedAt = performance.now();
    await sleep(4_000);
    // A tick is a hundredth of a second. CPU time does not grow with the load of the machine.
    expect((cpuTicks(worker.pid) - before) / (performance.now() - startedAt)).toBeLessThan(0.01);
    expect(worker.lines.filter((line) => line.includes('ERROR')).length).toBeLessThan(5);
  });
});

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('a worker whose store goes away', () => {
  it('takes jobs after a restart of the store', async () => {
    const first = await ownRedis();
    const { event } = await startWorker(first.url);
    await first.stop();
    await event('store-lost');
    await ownRedis([], first.port);
    await takesJobs(first.port);
  });

  it('aborts a job with the reason "lease" after its lock expired, and another worker runs it', async () => {
    const redis = await ownRedis();
    const proxy = await tcpProxy(redis.port);
    const cutOff = await startWorker(`redis://127.0.0.1:${proxy.port}`);
    await cutOff.jobs.enqueue(HeldJob, {});
    await until('it runs', () => ran.length === 1);
    const releaseFirst = release;
    proxy.freeze();
    await startWorker(redis.url);
    await until(
      'the job was aborted, and another worker runs it',
      () => ran.includes('aborted: lease') && ran.filter((line) => line === 'held').length === 2,
    );
    proxy.thaw();
    releaseFirst();
    expect((await cutOff.event('finished')).outcome).toEqual({ kind: 'lost' });
    release();
  });
});
