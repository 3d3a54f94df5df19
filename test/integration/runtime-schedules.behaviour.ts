import { FledgeError, Job, JobsInspector, schedule, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Schedule } from '../../src/jobs/store/timetable.js';
import { Store } from '../../src/jobs/store/store.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { expectEachTickOnce, type TickRun } from '../support/ticks.js';
import { until } from '../support/until.js';

interface Run extends TickRun {
  readonly user: number;
}

const runs: Run[] = [];

@Job({ attempts: 3 })
class DigestJob {
  async perform({ user }: { user: number }, { tick }: JobContext): Promise<void> {
    runs.push({ user, tick: tick?.getTime(), at: Date.now() });
  }
}

@Job({ every: '1h', name: 'declared' })
class DeclaredJob {
  async perform(): Promise<void> {}
}

const yearly = { cron: '0 0 1 1 *' } as const;

/** Describes schedules that are made at run time. They behave in the same way on every store. */
export function runtimeSchedulesBehaviour(name: string, urlOf: () => string): void {
  const app = (options: JobsOptions = {}): Promise<JobsApp> =>
    jobsApp({ url: urlOf(), ...options }, [DigestJob, DeclaredJob]);

  describe(`schedules made at run time, on ${name}`, () => {
    beforeEach(() => void runs.splice(0));

    it('run each tick once, with their payload, and stop when they are removed', async () => {
      const { jobs, worker, event } = await app();
      await worker.start();
      const receipt = await jobs.schedules.upsert(
        DigestJob,
        { user: 42 },
        { name: 'digest-42', every: '1s' },
      );
      expect(receipt).toEqual({ name: 'digest-42', job: 'DigestJob', queue: 'default', status: 'added' });
      expect(await event('schedule-upserted')).toMatchObject({ change: 'added', schedule: 'digest-42' });
      await until('it ran three times', () => runs.length >= 3);
      expectEachTickOnce(runs);
      expect(new Set(runs.map(({ user }) => user))).toEqual(new Set([42]));

      expect(await jobs.schedules.remove('digest-42')).toBe(true);
      expect(await jobs.schedules.remove('digest-42')).toBe(false);
      const removedAt = Date.now();
      const count = runs.length;
      await until('two ticks have passed', () => Date.now() > removedAt + 2_100);
      // A run may have been under way.
      expect(runs.length).toBeLessThanOrEqual(count + 1);
      expect((await jobs.schedules.list()).schedules).toEqual([]);
    });

    it('keep their next tick if nothing has changed, and change otherwise', async () => {
      const { jobs } = await app();
      const upsert = async (user: number, options: object = yearly): Promise<string> =>
        (await jobs.schedules.upsert(DigestJob, { user }, { name: 'd', ...options } as never)).status;
      expect(await upsert(1)).toBe('added');
      expect(await upsert(1)).toBe('unchanged');
      expect(await upsert(2)).toBe('changed');
      expect(await upsert(2, { cron: '0 8 * * 1', timezone: 'Asia/Tokyo', queue: 'mailers' })).toBe(
        'changed',
      );
      const { schedules } = await jobs.schedules.list();
      expect(schedules).toEqual([
        {
          name: 'd',
          job: 'DigestJob',
          queue: 'mailers',
          cron: '0 8 * * 1',
          timezone: 'Asia/Tokyo',
          missed: 'skip',
          paused: false,
          runtime: true,
          next: expect.any(Date) as Date,
        },
      ]);
    });

    it('are left alone when a worker brings the declared schedules into the store', async () => {
      const entry = schedule(DigestJob, { user: 0 }, { name: 'entry', ...yearly });
      const { jobs, worker, app: nest } = await app({ schedules: [entry] });
      await jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'made', ...yearly });
      await worker.start();
      const inspector = nest.get(JobsInspector);
      const states = await until('the declared ones are there', async () => {
        const found = await inspector.schedules();
        // A schedule is recorded before its first tick is planned.
        return found.length === 3 && found.every(({ next }) => next !== undefined) && found;
      });
      expect(states.map((state) => [state.name, state.runtime])).toEqual([
        ['declared', undefined],
        ['entry', undefined],
        ['made', true],
      ]);
      expect((await jobs.schedules.list()).schedules.map((state) => state.name)).toEqual(['made']);
      // A declared schedule cannot be removed or replaced at run time.
      expect(await jobs.schedules.remove('entry')).toBe(false);
      await expect(
        jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'entry', ...yearly }),
      ).rejects.toThrow(/declares a schedule with the name "entry".*SCHEDULE_DUPLICATE_NAME/);
      expect(await inspector.schedules()).toEqual(states);
    });

    it('can be paused, resumed and run now by their names', async () => {
      const { jobs, worker, app: nest } = await app();
      const inspector = nest.get(JobsInspector);
      await worker.start();
      await jobs.schedules.upsert(DigestJob, { user: 7 }, { name: 'seven', ...yearly });
      await inspector.pauseSchedule('seven');
      await jobs.schedules.upsert(DigestJob, { user: 8 }, { name: 'seven', ...yearly });
      const [paused] = (await jobs.schedules.list()).schedules;
      expect(paused).toMatchObject({ paused: true });
      expect(paused?.next).toBeUndefined();
      await inspector.runSchedule('seven');
      await until('it has run', () => runs.length === 1);
      expect(runs[0]).toMatchObject({ user: 8, tick: undefined });
      await inspector.resumeSchedule('seven');
      const [resumed] = (await jobs.schedules.list()).schedules;
      expect(resumed).toMatchObject({ paused: false, next: expect.any(Date) as Date });
      // A removed schedule is not paused when it is made again.
      await inspector.pauseSchedule('seven');
      await jobs.schedules.remove('seven');
      await jobs.schedules.upsert(DigestJob, { user: 7 }, { name: 'seven', ...yearly });
      expect((await jobs.schedules.list()).schedules[0]).toMatchObject({ paused: false });
    });

    it.each(['is declared again', 'is made at run time'])(
      'keep the pause of a removed schedule only if it %s',
      async (then) => {
        const entry = schedule(DigestJob, { user: 0 }, { name: 'digest', ...yearly });
        const { jobs, worker, app: nest, event } = await app({ schedules: [entry] });
        const { timetable } = nest.get(Store);
        await worker.start();
        await event('schedule-corrected', ({ schedule: of }) => of === 'digest');
        await worker.stop();
        const [declared] = (await timetable.list()).filter(({ name: of }) => of === 'digest');
        await nest.get(JobsInspector).pauseSchedule('digest');
        expect(await timetable.remove('digest', 'runtime')).toBe(false);
        expect(await timetable.remove('digest', 'declared')).toBe(true);
        if (then === 'is declared again') {
          await timetable.plan(declared!);
          expect(await timetable.find('digest')).toMatchObject({ paused: true, next: undefined });
          return;
        }
        await jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
        expect((await jobs.schedules.list()).schedules).toMatchObject([
          { name: 'digest', paused: false, next: expect.any(Date) as Date },
        ]);
      },
    );

    it('are not paused by a pause that came after their removal', async () => {
      const { jobs, app: nest } = await app();
      const { timetable } = nest.get(Store);
      const upsert = () => jobs.schedules.upsert(DigestJob, { user: 1 }, { name: 'digest', ...yearly });
      await upsert();
      await jobs.schedules.remove('digest');
      await timetable.pause('digest');
      await upsert();
      const made = await timetable.find('digest');
      expect(made).toMatchObject({ paused: false, next: expect.any(Number) as number });
      await jobs.schedules.remove('digest');
      await timetable.pause('digest');
      const { runtime: _, ...declared } = made as Schedule;
      await timetable.plan(declared);
      expect(await timetable.find('digest')).toMatchObject({ paused: false });
    });

    it('have one next tick or none after upserts and removals at once', async () => {
      const { jobs, app: nest } = await app();
      const names = Array.from({ length: 60 }, (_, i) => `digest-${i}`);
      const upsert = (of: string, user: number, queue: 'default' | 'mailers') =>
        jobs.schedules.upsert(DigestJob, { user }, { name: of, ...yearly, queue });
      await Promise.all(names.map((of) => upsert(of, 1, 'default')));
      await Promise.all(
        names.flatMap((of, i) => [
          upsert(of, 2, i % 2 === 0 ? 'default' : 'mailers'),
          i % 3 === 0 ? upsert(of, 3, 'default') : jobs.schedules.remove(of),
        ]),
      );
      const scheduled = async () => (await nest.get(JobsInspector).jobs('scheduled', { limit: 500 })).jobs;
      const { schedules } = await jobs.schedules.list({ limit: 100 });
      expect(schedules.every(({ next }) => next)).toBe(true);
      const ofTicks = (await scheduled()).map((job) => `${job.schedule} on ${job.queue}`);
      expect(ofTicks.toSorted()).toEqual(schedules.map((one) => `${one.name} on ${one.queue}`).toSorted());
      await Promise.all(schedules.map((one) => jobs.schedules.remove(one.name)));
      expect(await scheduled()).toEqual([]);
    });

    it('are listed page by page, by the beginning of their names and by their job', async () => {
      const { jobs } = await app();
      const names = Array.from({ length: 25 }, (_, i) => `digest-${String(i).padStart(2, '0')}`);
      for (const of of names) await jobs.schedules.upsert(DigestJob, { user: 1 }, { name: of, ...yearly });
      await jobs.schedules.upsert(DeclaredJob, undefined, { name: 'other', ...yearly });
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await jobs.schedules.list({ prefix: 'digest-', limit: 10, ...(cursor && { cursor }) });
        seen.push(...page.schedules.map((state) => state.name));
        cursor = page.cursor;
        pages++;
      } while (cursor !== undefined);
      expect(seen).toEqual(names);
      expect(pages).toBe(3);
      expect((await jobs.schedules.list({ job: DeclaredJob })).schedules).toMatchObject([{ name: 'other' }]);
      expect((await jobs.schedules.list({ job: 'declared' })).schedules).toHaveLength(1);
      expect((await jobs.schedules.list({ prefix: 'digest-1' })).schedules).toHaveLength(10);
      expect((await jobs.schedules.list({ prefix: 'nothing' })).schedules).toEqual([]);
    });

    it.each<[string, object, unknown, string]>([
      ['a name that is not valid', { name: 'a b', every: '1h' }, { user: 1 }, 'FLEDGE_OPTION_INVALID'],
      ['no name', { every: '1h' }, { user: 1 }, 'FLEDGE_OPTION_INVALID'],
      [
        'an expression that cannot be read',
        { name: 'a', cron: 'soon' },
        { user: 1 },
        'FLEDGE_OPTION_INVALID',
      ],
      [
        'an unknown time zone',
        { name: 'a', cron: '* * * * *', timezone: 'Mars' },
        {},
        'FLEDGE_OPTION_INVALID',
      ],
      ['an unknown option', { name: 'a', every: '1h', tz: 'UTC' }, { user: 1 }, 'FLEDGE_OPTION_INVALID'],
      ['an unknown overlap', { name: 'a', every: '1h', overlap: 'no' }, { user: 1 }, 'FLEDGE_OPTION_INVALID'],
      ['an unknown queue', { name: 'a', every: '1h', queue: 'x' }, { user: 1 }, 'FLEDGE_QUEUE_UNDECLARED'],
      ['a payload that is not JSON', { name: 'a', every: '1h' }, { user: 1n }, 'FLEDGE_PAYLOAD_INVALID'],
    ])('refuse %s', async (_, options, payload, code) => {
      const { jobs } = await app();
      const thrown: unknown = await jobs.schedules
        .upsert(DigestJob, payload as never, options as never)
        .catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(FledgeError);
      expect(thrown).toMatchObject({ code });
    });

    it('refuse a limit that is not valid', async () => {
      const { jobs } = await app();
      await expect(jobs.schedules.list({ limit: 0 })).rejects.toThrow(/limit is 0.*OPTION_INVALID/);
    });
  });
}
