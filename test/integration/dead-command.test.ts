import { Redis } from 'ioredis';
import { Job, JobsInspector, type JobContext } from 'nestjs-fledge';
import { describe, expect, inject, it } from 'vitest';
import { fledgeHere as fledge, fledge as fledgeProcess } from '../support/fledge-command.js';
import { hookedProxy } from '../support/hooked-proxy.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

@Job({ attempts: 1 })
class ChargeJob {
  async perform({ card }: { card: string }, { log, progress }: JobContext): Promise<void> {
    await log('asked the bank');
    await progress({ step: 2 });
    const cause = Object.assign(new Error('socket \u001b[31mhang up'), { code: 'ECONNRESET' });
    throw new Error(`the bank declined ${card.slice(0, 3)}`, { cause });
  }
}

@Job({ attempts: 1 })
class FetchJob {
  async perform(): Promise<void> {
    throw new TypeError('fetch failed');
  }
}

@Job()
class PatientJob {
  async perform(_: undefined, { signal }: JobContext): Promise<void> {
    await new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error)),
    );
  }
}

@Job({ cron: '0 3 1 1 *' })
class NightlyJob {
  async perform(): Promise<void> {}
}

/** Creates three dead jobs on two queues, without a worker. */
async function deadJobs() {
  const url = privateUrl(inject('redisUrl'));
  const { app, jobs, worker } = await jobsApp({ url }, [ChargeJob, FetchJob]);
  const inspector = app.get(JobsInspector);
  await worker.start();
  const ids: string[] = [];
  const died = async (id: string): Promise<void> => {
    await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
    ids.push(id);
  };
  await died((await jobs.enqueue(ChargeJob, { card: '4929-secret' })).id);
  await died((await jobs.enqueue(FetchJob)).id);
  await died((await jobs.enqueue(FetchJob, undefined, { queue: 'mailers' })).id);
  await worker.stop();
  const [charge, fetch, other] = ids as [string, string, string];
  return { url, jobs, inspector, charge, fetch, other };
}

describe('fledge dead', () => {
  it('lists and filters dead jobs, and prints if there are more', async () => {
    const { url, charge, fetch, other } = await deadJobs();
    const all = await fledge(['dead', url]);
    expect(all.code).toBe(0);
    const [, ...lines] = all.output.split('\n');
    expect(lines).toEqual([
      expect.stringMatching(`^${fetch}  FetchJob   dead .* ago +default  1 of 1 .* TypeError: fetch failed$`),
      expect.stringMatching(`^${charge}  ChargeJob  dead .* Error: the bank declined 492$`),
      expect.stringMatching(`^${other}  FetchJob   dead .* ago +mailers .* TypeError: fetch failed$`),
    ]);
    const json = async (...args: string[]): Promise<string[]> => {
      const { output } = await fledge(['dead', url, '--json', ...args]);
      expect(output).not.toContain('secret');
      return (JSON.parse(output) as { items: { id: string }[] }).items.map(({ id }) => id);
    };
    expect(await json('--job', 'FetchJob')).toEqual([fetch, other]);
    expect(await json('--queue', 'default', '--error', 'TypeError')).toEqual([fetch]);
    expect((await fledge(['dead', '--limit', '1', url])).output).toMatch(
      /There are more jobs\. Raise --limit/,
    );
    expect(await fledge(['dead', url, '--error', 'nothing like it'])).toEqual({
      code: 0,
      output: 'No dead jobs found.',
    });
  });

  it('retries and discards one job or all', async () => {
    const { url, inspector, charge, fetch, other } = await deadJobs();
    const retried = await fledge(['dead', 'retry', charge, url]);
    expect(retried).toEqual({ code: 0, output: `${charge} is waiting again.` });
    expect(await inspector.find(charge)).toMatchObject({ state: 'waiting', attempt: 0 });
    expect(await fledge(['dead', 'discard', charge, url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('FLEDGE_JOB_STATE') as string,
    });
    const filtered = ['dead', 'discard', '--all', '--queue', 'mailers', url];
    expect(await fledge(filtered)).toEqual({ code: 0, output: '1 job is discarded.' });
    expect(await inspector.find(other)).toBeUndefined();
    const env = { JOBS_URL: url };
    expect(await fledge(['dead', 'retry', '--all'], env)).toEqual({
      code: 0,
      output: '1 job is waiting again.',
    });
    expect(await inspector.find(fetch)).toMatchObject({ state: 'waiting' });
    expect(await fledge(['dead', 'discard', 'unknown', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('FLEDGE_JOB_GONE') as string,
    });
  });

  it.each([
    [['dead', 'discard'], /Missing argument: a job's id, or --all/],
    [['dead', 'discard', 'id', '--queue', 'default', 'redis://x'], /not both/],
    [['dead', 'discard', '019a', '--all'], /not both/],
    [['dead', 'discard', '--all', '--limit', '2', 'redis://x'], /--limit, --cursor and --utc have no effect/],
    [['dead', 'retry', '--all', '--cursor', 'x', 'redis://x'], /--limit, --cursor and --utc have no effect/],
    [['dead', 'discard', '--all', '--error', '', 'redis://x'], /--error is empty/],
    [['dead', '--queue', '', 'redis://x'], /--queue is empty/],
    [['dead', 'retry', 'redis://x'], /Missing argument: a job's id, or --all/],
    [['dead', 'retyr'], /Unknown action "retyr" of fledge dead\. Did you mean "retry"/],
    [['dead', '--all', 'redis://x'], /--all is only for/],
    [['dead', '--limit', 'ten', 'redis://x'], /--limit is not a valid number/],
    [['job'], /Missing argument: a job's id/],
    [['job', 'redis://x'], /Missing argument: a job's id/],
  ])('%j is wrong usage', async (args, message) => {
    expect(await fledge(args)).toMatchObject({ code: 2, output: expect.stringMatching(message) as string });
  });

  it('discards nothing without an id or --all, even if JOBS_URL is set', async () => {
    const { url, inspector } = await deadJobs();
    for (const action of ['discard', 'retry'])
      expect(await fledge(['dead', action], { JOBS_URL: url })).toMatchObject({ code: 2 });
    expect((await inspector.jobs('dead')).jobs).toHaveLength(3);
    await expect(inspector.discardAll('dead', { error: '' })).rejects.toThrow(/error is ''.*OPTION_INVALID/);
  });

  it('refuses a store in memory and an unknown queue', async () => {
    expect(await fledge(['dead', 'memory:'])).toMatchObject({
      code: 2,
      output: expect.stringContaining('Use JobsInspector') as string,
    });
    const { url } = await deadJobs();
    expect(await fledge(['dead', '--queue', 'mail', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('Did you mean "mailers"?') as string,
    });
  });
});

describe('fledge job', () => {
  it('shows everything except the payload, which needs --payload', async () => {
    const { url, charge } = await deadJobs();
    const { code, output } = await fledgeProcess(['job', charge, url]);
    expect(code).toBe(0);
    expect(output).toContain(`ChargeJob ${charge} is dead on default\n  attempts  1 of 1\n  enqueued  20`);
    expect(output).toContain('  progress  {"step":2}\n\nError: the bank declined 492\n    at ');
    expect(output).toContain('\n    Caused by Error: socket \\u001b[31mhang up');
    expect(output).toMatch(/\n\nlog\n {2}asked the bank$/);
    expect(output).not.toContain('secret');
    expect((await fledge(['job', charge, url, '--payload'])).output).toContain('{"card":"4929-secret"}');
    const json = JSON.parse((await fledge(['job', charge, url, '--json', '--payload'])).output) as object;
    expect(json).toMatchObject({ id: charge, payload: { card: '4929-secret' }, lines: ['asked the bank'] });
    expect((await fledge(['job', 'none', url])).code).toBe(1);
  });
});

describe('fledge cancel', () => {
  it('removes a waiting job, asks a running one to stop, and gives the reason if it can do neither', async () => {
    const { url, jobs, charge } = await deadJobs();
    const { id } = await jobs.enqueue(FetchJob, undefined, { delay: '1h' });
    expect(await fledge(['cancel', id, url, '--reason', 'a slip'])).toEqual({
      code: 0,
      output: `${id} is cancelled and removed.`,
    });
    expect(await fledge(['cancel', id, url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('FLEDGE_JOB_GONE') as string,
    });
    expect(await fledge(['cancel', charge, url])).toMatchObject({
      code: 1,
      output: expect.stringMatching(/was not cancelled: its state is dead.*FLEDGE_JOB_STATE/) as string,
    });
    const { app, jobs: sender, worker, event } = await jobsApp({ url }, [PatientJob, NightlyJob]);
    await worker.start();
    const running = await sender.enqueue(PatientJob);
    await event('started');
    expect(await fledge(['cancel', running.id, url])).toMatchObject({
      code: 0,
      output: expect.stringContaining('Its signal aborts') as string,
    });
    expect((await event('finished')).outcome.kind).toBe('cancelled');
    const [tick] = (await app.get(JobsInspector).jobs('scheduled')).jobs;
    expect(await fledge(['cancel', tick!.id, url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('fledge cron pause NightlyJob') as string,
    });
    for (const args of [['cancel'], ['cancel', url], ['cancel', id, url, '--reason', '']])
      expect((await fledge(args)).code).toBe(2);
  });
});

it('reports if a server has too many keys to find all queues, and finds those that workers registered', async () => {
  const redis = await ownRedis(['--enable-debug-command', 'local']);
  const { jobs, worker, app } = await jobsApp({ url: redis.url }, [FetchJob]);
  const inspector = app.get(JobsInspector);
  await worker.start();
  const { id } = await jobs.enqueue(FetchJob);
  await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
  await worker.stop();
  const client = new Redis(redis.url);
  await client.call('DEBUG', 'POPULATE', '400000', 'key', '1');
  client.disconnect();
  const url = `redis://127.0.0.1:${await hookedProxy(redis.port, { delay: 8 })}`;
  const cutOff = /Not all queues were found/;
  expect(await fledge(['dead', url])).toMatchObject({ code: 1, output: expect.stringMatching(id) as string });
  expect((await fledge(['dead', 'retry', 'unknown', url])).output).toMatch(cutOff);
  expect(await fledge(['dead', '--queue', 'default', url])).toMatchObject({
    code: 0,
    output: expect.not.stringMatching(cutOff) as string,
  });
  expect((await fledge(['job', id, url, '--queue', 'default'])).code).toBe(0);
});
