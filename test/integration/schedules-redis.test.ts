import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import {
  examineStore,
  Job,
  JobsInspector,
  schedule,
  type JobContext,
  type JobEvent,
  type ScheduleEntry,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { CAMPAIGN_EVERY } from '../../src/jobs/schedules/scheduler.js';
import { Store } from '../../src/jobs/store/store.js';
import { fledgeHere as fledge } from '../support/fledge-command.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { providedValue } from '../support/provided-value.js';
import { ownRedis } from '../support/redis-server.js';
import { expectEachTickOnce, type TickRun } from '../support/ticks.js';
import { until } from '../support/until.js';

interface Run extends TickRun {
  readonly what: string;
}

const runs: Run[] = [];

@Job({ attempts: 1 })
class NoteJob {
  async perform({ what }: { what: string }, { tick }: JobContext): Promise<void> {
    runs.push({ what, tick: tick?.getTime(), at: Date.now() });
  }
}

@Job({ every: '1s' })
class PulseJob {
  async perform(_: undefined, { tick }: JobContext): Promise<void> {
    runs.push({ what: 'pulse', tick: tick!.getTime(), at: Date.now() });
  }
}

const everySecond = (name: string, what = name): ScheduleEntry =>
  schedule(NoteJob, { what }, { name, cron: '* * * * * *' });
/** Has a next run that is never due during a test. */
const yearly = (name: string, what = name): ScheduleEntry =>
  schedule(NoteJob, { what }, { name, cron: '0 0 1 1 *' });

/** The default of 15 s is too long for a test. */
const campaignOften = providedValue(CAMPAIGN_EVERY, 500);

/** Starts a worker of an application with these schedules. */
async function worker(url: string, schedules: ScheduleEntry[], jobs = [NoteJob]): Promise<JobsApp> {
  const app = await jobsApp({ url, schedules }, jobs, [campaignOften]);
  await app.worker.start();
  return app;
}

const runsOf = (what: string): Run[] => runs.filter((run) => run.what === what);

function ticksOf(what: string): number[] {
  return runsOf(what).flatMap(({ tick }) => tick ?? []);
}

function corrections(apps: readonly JobsApp[]): string[] {
  const events = apps.flatMap(({ events }) => events as JobEvent[]);
  return events.flatMap((event) =>
    event.type === 'schedule-corrected' ? `${event.change} ${event.schedule}` : [],
  );
}

async function names({ app }: JobsApp): Promise<string[]> {
  return (await app.get(JobsInspector).schedules()).map(({ name }) => name);
}

function redisOf(url: string): { client: Redis; prefix: string; queue: Queue } {
  const { hostname: host, port, searchParams } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  const prefix = `{${searchParams.get('prefix') ?? 'fledge'}}`;
  const queue = new Queue('default', { connection: client, prefix });
  onTestFinished(async () => {
    await queue.close();
    client.disconnect();
  });
  return { client, prefix, queue };
}

/** Subtracts this time from all times (`123 456`) of a hash. */
async function age(client: Redis, key: string, ms: number): Promise<void> {
  for (const [field, times] of Object.entries(await client.hgetall(key)))
    await client.hset(
      key,
      field,
      times.replace(/\d+/g, (time) => String(Number(time) - ms)),
    );
}

describe('schedules on Redis', () => {
  beforeEach(() => void runs.splice(0));

  it('ten workers that boot at once run each tick once and plan each schedule once', async () => {
    const url = privateUrl(inject('redisUrl'));
    const entries = [everySecond('a'), yearly('b')];
    const apps = await Promise.all(
      Array.from({ length: 10 }, () =>
        jobsApp({ url, schedules: entries }, [NoteJob, PulseJob], [campaignOften]),
      ),
    );
    await Promise.all(apps.map((app) => app.worker.start()));
    await until('both have run four times', () => ['a', 'pulse'].every((what) => ticksOf(what).length >= 4));
    expectEachTickOnce(runsOf('a'));
    expectEachTickOnce(runsOf('pulse'));
    expect(corrections(apps).toSorted()).toEqual(['added PulseJob', 'added a', 'added b']);
    const { queue } = redisOf(url);
    expect((await queue.getJobSchedulers()).map(({ key }) => key).toSorted()).toEqual([
      'fledge-PulseJob',
      'fledge-a',
      'fledge-b',
    ]);
    // One job per tick, and no others.
    expect(await queue.getDelayedCount()).toBeLessThanOrEqual(3);
    const { checks } = await examineStore(url);
    expect(checks.find((check) => check.name === 'schedulers')).toMatchObject({ status: 'ok', found: '3' });
  });

  it('a rolling deploy ends with the new schedules, and a rollback with the old ones', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, prefix, queue } = redisOf(url);
    const votes = `${prefix}:$schedules:votes`;
    const before = [everySecond('kept'), everySecond('changed', 'old'), yearly('removed')];
    const after = [everySecond('kept'), everySecond('changed', 'new'), yearly('added')];
    const old = await worker(url, before);
    await until('the old ones run', () => ticksOf('kept').length > 0 && ticksOf('old').length > 0);

    const updated = await worker(url, after);
    await until('the new ones are there', () => corrections([updated]).length === 3);
    expect(corrections([updated]).toSorted()).toEqual(['added added', 'changed changed', 'removed removed']);
    await until('the new one runs', () => ticksOf('new').length > 1);
    expect(await names(updated)).toEqual(['added', 'changed', 'kept']);

    // A worker of the old version crashes and restarts while both versions run.
    const restarted = await worker(url, before);
    await until('it has run something', () => restarted.events.some(({ type }) => type === 'started'));
    expect(corrections([old, restarted]).filter((text) => !text.startsWith('added'))).toEqual([]);
    expect(await names(updated)).toEqual(['added', 'changed', 'kept']);
    const seen = ticksOf('old').concat(ticksOf('new'));
    expect(new Set(seen).size).toBe(seen.length);
    expectEachTickOnce(runsOf('kept'));

    // Back to the old version, after the new workers have not voted for 45 s.
    await Promise.all([updated, old, restarted].map((app) => app.close()));
    for (const [set, times] of Object.entries(await client.hgetall(votes))) {
      const [first, last] = times.split(' ').map(Number) as [number, number];
      await client.hset(votes, set, `${first - 46_000} ${last - 46_000}`);
    }
    const rolledBack = await worker(url, before);
    await until('the old ones are back', () => corrections([rolledBack]).length >= 3);
    expect(await names(rolledBack)).toEqual(['changed', 'kept', 'removed']);
    const atRollback = ticksOf('old').length;
    await until('it runs', () => ticksOf('old').length > atRollback);
    expect((await queue.getJobSchedulers()).map(({ key }) => key).toSorted()).toEqual([
      'fledge-changed',
      'fledge-kept',
      'fledge-removed',
    ]);
  });

  it('a set of schedules without a vote for ten minutes counts as new', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, prefix } = redisOf(url);
    const first = await worker(url, [yearly('first')]);
    await until('it is there', async () => (await names(first)).includes('first'));
    await first.close();
    await age(client, `${prefix}:$schedules:votes`, 601_000);
    const second = await worker(url, [yearly('second')]);
    await until('it is there', async () => (await names(second)).join() === 'second');
    // The votes of the second set are still valid, but the first set is the newer one now.
    const again = await worker(url, [yearly('first')]);
    await until('it is back', async () => (await names(again)).join() === 'first');
  });

  it('an application’s own job schedulers are not changed', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { queue } = redisOf(url);
    const own = { pattern: '* * * * * *', tz: 'Europe/Berlin' };
    await queue.upsertJobScheduler('mine', own, {
      name: 'NoteJob',
      data: { v: 1, payload: { what: 'mine' } },
    });
    const { app } = await worker(url, [everySecond('a')]);
    await until(
      'both run',
      () => ticksOf('a').length > 1 && runs.filter(({ what }) => what === 'mine').length > 1,
    );
    await app.get(Store).timetable.remove('a', 'declared');
    expect((await queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['mine']);
    // It is not a tick of Fledge.
    expect(runs.find(({ what }) => what === 'mine')!.tick).toBeUndefined();
  });

  it('an unchanged schedule is not planned again, so its next tick stays', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, prefix, queue } = redisOf(url);
    const first = await worker(url, [yearly('a')]);
    await until('it is planned', async () => (await queue.getJobSchedulersCount()) === 1);
    const [job] = await queue.getDelayed();
    await first.close();
    const leader = `${prefix}:$schedules:leader`;
    await client.del(leader);
    const second = await worker(url, [yearly('a')]);
    // The worker leads and has applied its schedules, because each campaign waits for the last one.
    for (const _ of ['the first', 'the second']) {
      await until('it has led', async () => (await client.get(leader))?.endsWith(second.worker.id));
      await client.del(leader);
    }
    expect(corrections([second])).toEqual([]);
    expect(await queue.getDelayed()).toMatchObject([{ id: job!.id, timestamp: job!.timestamp }]);
  });

  it('schedules are restored within a minute after FLUSHALL', async () => {
    const redis = await ownRedis();
    const apps = [await worker(redis.url, [everySecond('a')]), await worker(redis.url, [everySecond('a')])];
    const { client } = redisOf(redis.url);
    await until('it runs', () => ticksOf('a').length > 0);
    await client.flushall();
    const lost = Date.now();
    await until('it is restored', () => ticksOf('a').some((tick) => tick > lost + 500));
    expect(corrections(apps)).toEqual(['added a', 'added a']);
  });

  it('schedules are restored after their queue was obliterated', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, prefix, queue } = redisOf(url);
    const first = await worker(url, [everySecond('a')]);
    await until('it runs', () => ticksOf('a').length > 0);
    await queue.obliterate({ force: true });
    // Without this it would take up to 15 s.
    await client.del(`${prefix}:$schedules:leader`);
    const second = await worker(url, [everySecond('a')]);
    const before = ticksOf('a').length;
    await until('it runs again', () => ticksOf('a').length > before + 1);
    // Repeats the check, in case the last one happened during the obliteration.
    expect(new Set(corrections([first, second]))).toEqual(new Set(['added a', 'restored a']));
    expect(new Set(ticksOf('a')).size).toBe(ticksOf('a').length);
  });

  it('ticks of a minute without a worker are skipped, or replaced by one run with missed: once', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { client, prefix, queue } = redisOf(url);
    const entries = [
      schedule(NoteJob, { what: 'skip' }, { name: 'skip', every: '1s' }),
      schedule(NoteJob, { what: 'once' }, { name: 'once', every: '1s', missed: 'once' }),
    ];
    const before = await worker(url, entries);
    await until('both run', () => ticksOf('skip').length > 0 && ticksOf('once').length > 0);
    await before.close();
    const gone = runs.length;
    const waiting = await before.close().then(async () => queue.getDelayed());
    expect(waiting).toHaveLength(2);
    const due = Math.max(...waiting.map(({ opts }) => opts.prevMillis!));
    await age(client, `${prefix}:$schedules:worked`, 60_000);
    await until('a later tick has passed', () => Date.now() > due + 1_100);

    const { event, events } = await worker(url, entries);
    const dropped = await event('finished', ({ outcome }) => outcome.kind === 'expired');
    expect(dropped.outcome).toMatchObject({ reason: { code: 'FLEDGE_TICK_MISSED' } });
    expect(await event('tick-made-up')).toMatchObject({ schedule: 'once', name: 'NoteJob' });
    await until('both go on', () =>
      ['skip', 'once'].every((what) => runs.slice(gone).filter((run) => run.what === what).length > 1),
    );
    const later = runs.slice(gone);
    expect(later.filter(({ what, tick }) => what === 'skip' && tick! <= due)).toEqual([]);
    expect(later.filter(({ what, tick }) => what === 'once' && tick! <= due)).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'tick-made-up')).toHaveLength(1);
    expect(new Set(ticksOf('once')).size).toBe(ticksOf('once').length);
    // A dropped tick leaves no keys.
    expect(await queue.getFailedCount()).toBe(0);
  });

  it('a tick during the restart of a worker is not missed', async () => {
    const url = privateUrl(inject('redisUrl'));
    const entries = [everySecond('a')];
    const before = await worker(url, entries);
    await until('it runs', () => ticksOf('a').length > 0);
    await before.close();
    const [waiting] = await redisOf(url).queue.getDelayed();
    const planned = waiting!.opts.prevMillis!;
    await until('two ticks have passed', () => Date.now() > planned + 1_100);
    const { events } = await worker(url, entries);
    // The tick that was planned when the worker stopped.
    await until('it runs again', () => ticksOf('a').includes(planned));
    expect(events.filter((event) => event.type === 'finished' && event.outcome.kind === 'expired')).toEqual(
      [],
    );
  });

  it('a change of a schedule keeps a due tick, and a removal or pause drops it', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { app } = await jobsApp({ url }, [NoteJob]);
    const { timetable } = app.get(Store);
    const base = {
      job: 'NoteJob',
      queue: 'default',
      missed: 'skip',
      attempts: 1,
      priority: undefined,
    } as const;
    const plan = (name: string, every: number): Promise<void> =>
      timetable.plan({
        ...base,
        name,
        timing: { every },
        envelope: { v: 1, payload: { what: name } },
        fingerprint: String(every),
      });
    for (const name of ['changed', 'removed', 'paused']) await plan(name, 1_000);
    const next = Math.max(...(await timetable.list()).map((one) => one.next!));
    await until('all are due', () => Date.now() > next);
    await plan('changed', 86_400_000);
    // A tick that is not yet due is replaced.
    await plan('changed', 43_200_000);
    await timetable.remove('removed', 'declared');
    await timetable.pause('paused');
    const { queue } = redisOf(url);
    expect((await queue.getWaiting()).map(({ data }) => (data as { payload: unknown }).payload)).toEqual([
      { what: 'changed' },
    ]);
    expect(await queue.getDelayedCount()).toBe(1);
  });

  it('fledge cron lists, pauses, resumes and runs schedules', async () => {
    const url = privateUrl(inject('redisUrl'));
    expect(await fledge(['cron', url])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/The store has no schedules/) as string,
    });
    const berlin = schedule(
      NoteJob,
      { what: 'report' },
      { name: 'report', cron: '0 3 * * *', timezone: 'Europe/Berlin' },
    );
    const { app } = await worker(url, [berlin]);
    await until('it is there', async () => (await names({ app } as JobsApp)).length === 1);
    const listed = await fledge(['cron', url, '--utc']);
    expect(listed.output).toMatch(
      /\nreport +in .+ \d{4}-\d\d-\d\d 0[12]:00:00Z {2}NoteJob {2}default {2}0 3 \* \* \* \(Europe\/Berlin\) {2}skip$/,
    );
    expect(await fledge(['cron', 'pause', 'report', url])).toEqual({ code: 0, output: 'report is paused.' });
    const json = await fledge(['cron', '--json'], { JOBS_URL: url });
    expect(JSON.parse(json.output)).toEqual({
      items: [
        {
          name: 'report',
          job: 'NoteJob',
          queue: 'default',
          cron: '0 3 * * *',
          timezone: 'Europe/Berlin',
          missed: 'skip',
          paused: true,
        },
      ],
      next: null,
    });
    expect((await fledge(['cron', 'run', 'report', url])).output).toMatch(/^NoteJob [0-9a-f-]{36} enqueued/);
    await until('it has run', () => runs.some(({ what }) => what === 'report'));
    expect(await fledge(['cron', 'resume', 'report', url])).toEqual({
      code: 0,
      output: 'report is resumed.',
    });
    expect(await fledge(['cron', 'pause', 'reprot', url])).toMatchObject({
      code: 1,
      output: expect.stringContaining('Did you mean "report"?') as string,
    });
    expect((await fledge(['cron', 'pause'])).code).toBe(2);
    expect(await fledge(['cron', 'pasue', 'report'])).toMatchObject({
      code: 2,
      output: expect.stringContaining('Did you mean "pause"?') as string,
    });
    expect((await fledge(['cron', 'run', 'a', 'b', 'c'])).code).toBe(2);
  });
});
