import {
  FledgeError,
  Job,
  JobsInspector,
  schedule,
  type JobContext,
  type JobsOptions,
  type ScheduleEntry,
} from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { Store } from '../../src/jobs/store/store.js';
import type { Schedule } from '../../src/jobs/store/timetable.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { expectEachTickOnce, type TickRun } from '../support/ticks.js';
import { until } from '../support/until.js';

interface Run extends TickRun {
  readonly what: string;
}

const runs: Run[] = [];

function noteRun(what: string, { tick }: JobContext): void {
  runs.push({ what, tick: tick?.getTime(), at: Date.now() });
}

@Job({ every: '1s' })
class EverySecondJob {
  async perform(_: undefined, context: JobContext): Promise<void> {
    noteRun('every second', context);
  }
}

@Job({ name: 'reports:daily', cron: '0 3 * * *', timezone: 'Europe/Berlin', missed: 'once', attempts: 2 })
class DailyJob {
  async perform(_: undefined, context: JobContext): Promise<void> {
    noteRun('daily', context);
  }
}

@Job({ attempts: 7 })
class ImportJob {
  async perform({ file }: { file: string }, context: JobContext): Promise<void> {
    noteRun(`import ${file}, ${context.attempts} attempts, on ${context.queue}`, context);
  }
}

@Job({ every: '1s', queue: 'narrow' })
class NarrowJob {
  async perform(_: undefined, context: JobContext): Promise<void> {
    noteRun('narrow', context);
  }
}

@Job({ queue: 'narrow' })
class BlockingJob {
  static release: () => void;
  async perform(): Promise<void> {
    await new Promise<void>((resolve) => (BlockingJob.release = resolve));
  }
}

/** Schedules on each store. */
export function schedulesBehaviour(name: string, urlOf: () => string): void {
  const app = (
    jobs: (new () => object)[],
    schedules: ScheduleEntry[] = [],
    options: JobsOptions = {},
  ): Promise<JobsApp> => jobsApp({ url: urlOf(), schedules, ...options }, jobs);

  const ticksOf = (what: string): number[] =>
    runs.filter((run) => run.what.startsWith(what)).flatMap(({ tick }) => tick ?? []);

  describe(`schedules on ${name}`, () => {
    beforeEach(() => void runs.splice(0));

    it('run a job once at each tick, on time, with the tick in its context', async () => {
      const { worker } = await app([EverySecondJob]);
      await worker.start();
      await until('it ran three times', () => runs.length >= 3);
      expectEachTickOnce(runs);
      expect(runs.every(({ tick }) => tick !== undefined)).toBe(true);
    });

    it('have their own payloads and options as entries of the module', async () => {
      const entry = schedule(
        ImportJob,
        { file: 'a.csv' },
        { name: 'import-a', cron: '* * * * * *', queue: 'mailers', attempts: 3 },
      );
      const { worker, event, app: nest } = await app([ImportJob], [entry]);
      await worker.start();
      expect(await event('schedule-corrected')).toEqual({
        type: 'schedule-corrected',
        change: 'added',
        schedule: 'import-a',
        job: 'ImportJob',
        queue: 'mailers',
        timing: { cron: '* * * * * *', timezone: 'UTC' },
      });
      await until('it ran twice', () => runs.length >= 2);
      expect(runs[0]).toMatchObject({ what: 'import a.csv, 3 attempts, on mailers' });
      const [second] = await until('the run is known', async () => {
        const states = await nest.get(JobsInspector).schedules();
        return states[0]?.last && states;
      });
      expect(second).toMatchObject({ name: 'import-a', job: 'ImportJob', queue: 'mailers', paused: false });
      expect(second!.last!.getTime() % 1_000).toBe(0);
    });

    it('are listed with their next runs', async () => {
      const entry = schedule(ImportJob, { file: 'b' }, { name: 'b', every: '90m', missed: 'once' });
      const { worker, app: nest } = await app([DailyJob, ImportJob], [entry]);
      await worker.start();
      const states = await until('they are planned', async () => {
        const found = await nest.get(JobsInspector).schedules();
        return found.length === 2 && found.every(({ next }) => next) && found;
      });
      const now = Date.now();
      expect(states).toEqual([
        {
          name: 'b',
          job: 'ImportJob',
          queue: 'default',
          every: 5_400_000,
          missed: 'once',
          paused: false,
          next: new Date((Math.floor(now / 5_400_000) + 1) * 5_400_000),
        },
        {
          name: 'reports:daily',
          job: 'reports:daily',
          queue: 'default',
          cron: '0 3 * * *',
          timezone: 'Europe/Berlin',
          missed: 'once',
          paused: false,
          next: expect.toSatisfy((next: Date) =>
            next.toLocaleTimeString('sv', { timeZone: 'Europe/Berlin' }).startsWith('03:00:00'),
          ) as Date,
        },
      ]);
    });

    it('skip a tick while the last one waits for a worker, and do not report a late one as missed', async () => {
      const {
        jobs,
        worker,
        app: nest,
      } = await app([NarrowJob, BlockingJob], [], { queues: { narrow: { concurrency: 1 } } });
      await jobs.enqueue(BlockingJob);
      await worker.start();
      await until('the queue is blocked', () => BlockingJob.release as unknown);
      const first = await until('a tick is planned', async () => {
        const [planned] = await nest.get(JobsInspector).schedules();
        return planned?.next?.getTime();
      });
      await until('it and two more have passed', () => Date.now() > first + 2_200);
      const releasedAt = Date.now();
      BlockingJob.release();
      await until('it ran twice', () => runs.length >= 2);
      const [late, next] = runs;
      expect(late!.tick!).toBe(first);
      // The ticks after it created no job. The next tick is planned when the late job is taken, which is after the
      // release but may be before the time that the job itself reads.
      expect(next!.tick!).toBeGreaterThan(releasedAt);
    });

    it('can be paused beyond a deploy, resumed, and run now', async () => {
      const entry = schedule(ImportJob, { file: 'c' }, { name: 'c', every: '1s' });
      const { worker, app: nest, event } = await app([ImportJob], [entry]);
      const inspector = nest.get(JobsInspector);
      await worker.start();
      await until('it runs', () => runs.length > 0);

      await inspector.pauseSchedule('c');
      expect(await event('schedule-paused')).toMatchObject({ schedule: 'c' });
      const [paused] = await inspector.schedules();
      expect(paused).toMatchObject({ name: 'c', paused: true });
      expect(paused!.next).toBeUndefined();
      await until('no earlier tick is left', async () => {
        const [queue] = await inspector.queues();
        return queue!.size + queue!.running === 0;
      });
      const before = runs.length;

      // A newer version of the schedule is declared while it is paused.
      const { timetable } = nest.get(Store);
      const [kept] = await timetable.list();
      await timetable.plan({ ...kept!, fingerprint: 'newer' });
      expect(await timetable.list()).toMatchObject([{ paused: true, next: undefined, fingerprint: 'newer' }]);

      const receipt = await inspector.runSchedule('c');
      expect(receipt).toMatchObject({ name: 'ImportJob', queue: 'default', status: 'enqueued' });
      await until('it has run by hand', () => runs.some(({ tick }) => tick === undefined));
      expect(runs.at(-1)).toMatchObject({ what: 'import c, 7 attempts, on default', tick: undefined });
      const pausedAt = runs.at(-1)!.at;
      await until('a tick would have come', () => Date.now() > pausedAt + 1_200);
      expect(runs.length).toBe(before + 1);

      await inspector.resumeSchedule('c');
      await inspector.resumeSchedule('c');
      expect(await event('schedule-resumed')).toMatchObject({ schedule: 'c' });
      await until('it runs again', () => ticksOf('import c').length >= before + 2);
      expect(new Set(ticksOf('import c')).size).toBe(ticksOf('import c').length);
    });

    it('protect the job of their next tick from edits, and name it in lists', async () => {
      const { worker, app: nest, event, jobs } = await app([DailyJob]);
      const inspector = nest.get(JobsInspector);
      await worker.start();
      await event('schedule-corrected');
      const { jobs: scheduled } = await inspector.jobs('scheduled');
      expect(scheduled).toMatchObject([{ name: 'reports:daily', schedule: 'reports:daily' }]);
      const { id } = scheduled[0]!;
      const edits = [
        () => inspector.discard(id),
        () => inspector.promote(id),
        () => inspector.move(id, 'mailers'),
      ];
      for (const edit of edits) await expect(edit()).rejects.toThrow(/Pause the schedule instead/);
      expect(await jobs.cancel(DailyJob)).toMatchObject({ removed: 0 });
      expect((await inspector.jobs('scheduled')).jobs).toHaveLength(1);
    });

    it('suggest the nearest name for an unknown one', async () => {
      const { worker, app: nest, event } = await app([EverySecondJob]);
      const inspector = nest.get(JobsInspector);
      await expect(inspector.pauseSchedule('x')).rejects.toThrow(/The store has no schedules/);
      await worker.start();
      await event('schedule-corrected');
      for (const method of ['pauseSchedule', 'resumeSchedule', 'runSchedule'] as const) {
        const error: unknown = await inspector[method]('EverySecnodJob').catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(FledgeError);
        expect(error).toMatchObject({ code: 'FLEDGE_SCHEDULE_UNKNOWN' });
        expect((error as Error).message).toContain('Did you mean "EverySecondJob"?');
      }
    });

    it('are added, changed and removed as the code declares when a worker starts', async () => {
      const entries = ['kept', 'new'].map((of) =>
        schedule(ImportJob, { file: of }, { name: of, cron: '0 0 1 1 *' }),
      );
      const changed = schedule(ImportJob, { file: 'changed' }, { name: 'changed', every: '1s' });
      const { worker, app: nest, events } = await app([ImportJob], [...entries, changed]);
      const { timetable } = nest.get(Store);
      const envelope = { v: 1, payload: { file: 'former' } } as const;
      const former = { job: 'ImportJob', queue: 'default', missed: 'skip', attempts: 1 } as const;
      const rest = { ...former, envelope, priority: undefined, fingerprint: 'former' };
      await timetable.plan({ ...rest, name: 'changed', timing: { every: 86_400_000 } });
      await timetable.plan({ ...rest, name: 'removed', timing: { every: 1_000 } } satisfies Schedule);
      await timetable.pause('removed');
      await worker.start();
      await until('the changed one runs', () => ticksOf('import changed').length >= 2);
      expect((await timetable.list()).map((one) => one.name)).toEqual(['changed', 'kept', 'new']);
      const corrections = events.flatMap((event) =>
        event.type === 'schedule-corrected' ? `${event.change} ${event.schedule}` : [],
      );
      expect(corrections).toEqual(['removed removed', 'changed changed', 'added kept', 'added new']);
      expect(ticksOf('import former')).toEqual([]);
      // If it returns, for example after a rollback, it is still paused.
      await timetable.plan({ ...rest, name: 'removed', timing: { every: 86_400_000 } });
      expect((await timetable.list()).find((one) => one.name === 'removed')).toMatchObject({
        paused: true,
        next: undefined,
      });
    });
  });
}
