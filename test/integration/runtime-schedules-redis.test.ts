import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Job, JobsInspector, schedule, type JobContext } from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { CAMPAIGN_EVERY } from '../../src/jobs/schedules/scheduler.js';
import { Store } from '../../src/jobs/store/store.js';
import { fledgeHere as fledge } from '../support/fledge-command.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { providedValue } from '../support/provided-value.js';
import { expectEachTickOnce, type TickRun } from '../support/ticks.js';
import { until } from '../support/until.js';

const runs: TickRun[] = [];

@Job()
class DigestJob {
  async perform(_payload: { user: number }, { tick }: JobContext): Promise<void> {
    runs.push({ tick: tick?.getTime(), at: Date.now() });
  }
}

const yearly = { cron: '0 0 1 1 *' } as const;
/** The default is 15 s, which is too long for a test. */
const campaignOften = providedValue(CAMPAIGN_EVERY, 200);

const app = (url: string, schedules: ReturnType<typeof schedule>[] = []): Promise<JobsApp> =>
  jobsApp({ url, schedules }, [DigestJob], [campaignOften]);

function redisOf(url: string): { client: Redis; key: string; queue: Queue } {
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  const prefix = `{${searchParams.get('prefix')}}`;
  const queue = new Queue('default', { connection: client, prefix, skipVersionCheck: true });
  onTestFinished(async () => {
    await queue.close();
    client.disconnect();
  });
  return { client, key: `${prefix}:$schedules`, queue };
}

describe('schedules made at run time, on Redis', () => {
  beforeEach(() => void runs.splice(0));

  it('survive deploys that add and remove declared schedules', async () => {
    const url = privateUrl(inject('redisUrl'));
    const first = await app(url, [schedule(DigestJob, { user: 0 }, { name: 'old', ...yearly })]);
    await first.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'made', every: '1s' });
    await first.worker.start();
    await until('it runs', () => runs.length > 0);
    const second = await app(url, [schedule(DigestJob, { user: 0 }, { name: 'new', ...yearly })]);
    await second.worker.start();
    await second.event('schedule-corrected', ({ change }) => change === 'removed');
    await first.close();
    const count = runs.length;
    await until('it still runs', () => runs.length > count + 1);
    expectEachTickOnce(runs);
    const names = (await second.app.get(JobsInspector).schedules()).map(({ name }) => name);
    expect(names).toEqual(['made', 'new']);
  });

  it('a declared schedule does not replace one with the same name, and the log says so once', async () => {
    const url = privateUrl(inject('redisUrl'));
    const web = await app(url);
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'taken', ...yearly });
    const worker = await app(url, [schedule(DigestJob, { user: 0 }, { name: 'taken', every: '1h' })]);
    await worker.worker.start();
    const { error } = await worker.event('schedule-failed');
    expect(error).toMatchObject({ code: 'FLEDGE_SCHEDULE_DUPLICATE_NAME' });
    const plans = vi.spyOn(worker.app.get(Store).timetable, 'plan');
    await until('the worker has tried again', () => plans.mock.calls.length > 2);
    expect(worker.events.filter(({ type }) => type === 'schedule-failed')).toHaveLength(1);
    expect((await web.jobs.schedules.list()).schedules).toMatchObject([{ name: 'taken', cron: '0 0 1 1 *' }]);
    await web.jobs.schedules.remove('taken');
    await worker.event('schedule-corrected', ({ change }) => change === 'added');
  });

  it('are restored if their queue is obliterated, or if a change was interrupted', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, key, queue } = redisOf(url);
    const web = await app(url);
    for (const name of ['a', 'b', 'c'])
      await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name, ...yearly });
    const { timetable } = web.app.get(Store);
    await timetable.pause('b');
    await queue.obliterate({ force: true });
    // The process that changed this schedule stopped before it had planned the change.
    await web.jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'c', ...yearly });
    const record = JSON.parse((await client.hget(`${key}:runtime`, 'c')) ?? '') as object;
    await client.hset(`${key}:runtime`, 'c', JSON.stringify({ ...record, fingerprint: 'newer' }));
    const { worker } = await app(url);
    await worker.start();
    const states = await until('they are planned again', async () => {
      const found = await timetable.page({ limit: 10 });
      return (await timetable.strays()).schedules.length === 0 && found.schedules;
    });
    expect(states).toMatchObject([
      { name: 'a', paused: false, next: expect.any(Number) as number },
      { name: 'b', paused: true, next: undefined },
      { name: 'c', paused: false, next: expect.any(Number) as number },
    ]);
  });

  it('thousands of them can be made at once, cost a campaign nothing, and are listed in pages', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { jobs, app: nest } = await app(url);
    const many = 2_000;
    // The connection is there before the machine is busy.
    await jobs.schedules.list();
    await Promise.all(
      Array.from({ length: many }, (_, user) =>
        jobs.schedules.upsert(DigestJob, { user }, { name: `digest-${user}`, ...yearly }),
      ),
    );
    const { timetable } = nest.get(Store);
    // A campaign reads the declared schedules only.
    expect(await timetable.list()).toEqual([]);
    expect(await timetable.count()).toBe(many);
    expect(await timetable.count('digest-19')).toBe(111);
    expect((await jobs.schedules.list({ limit: 1_000 })).schedules).toHaveLength(1_000);
    expect(await nest.get(JobsInspector).schedules()).toHaveLength(many);
    // The search for schedules to restore sends back none, and lets other commands run in between.
    let after: string | undefined;
    let slices = 0;
    do {
      const slice = await timetable.strays(after);
      expect(slice.schedules).toEqual([]);
      after = slice.after;
      slices++;
    } while (after !== undefined);
    expect(slices).toBeGreaterThan(4);
  });

  it('are listed by fledge cron, after the declared ones', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { jobs, worker } = await app(url, [schedule(DigestJob, { user: 0 }, { name: 'entry', ...yearly })]);
    await worker.start();
    for (const name of ['digest-1', 'digest-2', 'digest-3'])
      await jobs.schedules.upsert(DigestJob, { user: 1 }, { name, ...yearly });
    await until('the declared one is there', async () =>
      /^entry +in /m.test((await fledge(['cron', url])).output),
    );
    const { output: out } = await fledge(['cron', url, '--limit', '2']);
    expect(out).toMatch(/\nentry +in [^]*\ndigest-1 +in .*DigestJob {2}default .*at run time/);
    expect(out).toContain('Listed: 2 of 3 made at run time.');
    const next = /--cursor (\S+)$/.exec(out)![1]!;
    const rest = await fledge(['cron', url, '--limit', '2', '--cursor', next, '--json']);
    expect(JSON.parse(rest.output)).toMatchObject({ items: [{ name: 'digest-3' }], next: null });
    expect(out).not.toContain('digest-3');
    const json = await fledge(['cron', url, '--json', '--name', 'digest-']);
    expect((JSON.parse(json.output) as { items: { name: string }[] }).items.map(({ name }) => name)).toEqual([
      'digest-1',
      'digest-2',
      'digest-3',
    ]);
    expect((await fledge(['cron', url, '--name', 'nothing'])).output).toContain('begins with this');
    expect((await fledge(['cron', 'pause', 'digest-2', url])).output).toContain('digest-2 is paused.');
    expect((await jobs.schedules.list({ prefix: 'digest-2' })).schedules).toMatchObject([{ paused: true }]);
    expect((await fledge(['cron', 'pause', 'digest-9', url])).output).toContain('Did you mean "digest-');
    expect((await fledge(['cron', url, '--limit', '0'])).code).toBe(2);
  });
});
