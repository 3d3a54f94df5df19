import { Controller, Injectable, Module, type Provider } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, CronExpression, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { Job, JobEvents, JobsInspector, JobsModule, type JobEvent, type JobsOptions } from 'nestjs-fledge';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

/** When each method ran, in milliseconds since 1970. */
const runs = new Map<string, number[]>();
const running = new Map<string, number>();
let mostAtOnce = 0;
let release: () => void = () => undefined;

function note(what: string): void {
  runs.set(what, [...(runs.get(what) ?? []), Date.now()]);
}
const countOf = (what: string): number => runs.get(what)?.length ?? 0;

@Injectable()
class Billing {
  readonly prefix = 'billing';

  @Cron(CronExpression.EVERY_SECOND)
  async charge(...given: unknown[]): Promise<void> {
    note(`${this.prefix} charge ${given.length}`);
  }

  @Cron('0 30 2 * * 1-5', { name: 'nightly report', timeZone: 'Europe/Berlin' })
  report(): void {
    note('report');
  }

  @Interval(1_000)
  tick(): void {
    note('interval');
  }

  @Interval('named interval', 3_600_000)
  named(): void {
    note('named interval');
  }
}

@Controller()
class PingController {
  @Cron('* * * * * *', { name: 'ping' })
  ping(): void {
    note('ping');
  }
}

@Injectable()
class Slow {
  @Cron('* * * * * *', { waitForCompletion: true })
  async sync(): Promise<void> {
    note('sync');
    running.set('sync', (running.get('sync') ?? 0) + 1);
    mostAtOnce = Math.max(mostAtOnce, running.get('sync') ?? 0);
    await new Promise<void>((resolve) => (release = resolve));
    running.set('sync', (running.get('sync') ?? 0) - 1);
  }
}

@Injectable()
class Odd {
  @Cron('* * * * * *', { name: 'off', disabled: true })
  off(): void {
    note('off');
  }

  @Cron('0 0 1 1 *', { name: 'failing' })
  failing(): void {
    note('failing');
    throw new Error('no luck');
  }
}

@Injectable()
class Left {
  @Cron(new Date(Date.now() + 86_400_000))
  once(): void {}

  @Cron('0 3 * * *', { utcOffset: 60 })
  withOffset(): void {}

  @Cron('0 3 * * *', { initialDelay: 1_000 })
  delayed(): void {}

  @Interval(200)
  often(): void {
    note('often');
  }

  @Timeout(10)
  soon(): void {
    note('soon');
  }
}

@Injectable()
class Twin {
  @Cron('0 3 * * *', { name: 'nightly report' })
  again(): void {}
}

@Job({ name: 'nightly' })
class NightlyJob {
  async perform(): Promise<void> {}
}

@Injectable()
class NamedAsJob {
  @Cron('0 3 * * *', { name: 'nightly' })
  again(): void {}
}

/** What happens while the application boots, before a test can subscribe. */
const bootEvents = {
  provide: 'boot events',
  inject: [JobEvents],
  useFactory: (events: JobEvents): JobEvent[] => {
    const seen: JobEvent[] = [];
    events.subscribe((event) => seen.push(event));
    return seen;
  },
};

function bootEvent<T extends JobEvent['type']>(
  nest: INestApplicationContext,
  type: T,
): Extract<JobEvent, { type: T }>[] {
  const seen: JobEvent[] = nest.get(bootEvents.provide);
  return seen.filter((event): event is Extract<JobEvent, { type: T }> => event.type === type);
}

/** Describes what `adoptCron` does. It is the same on every store. */
export function adoptedCronBehaviour(name: string, urlOf: () => string): void {
  const base = (): JobsOptions => ({ url: urlOf() });
  const app = (providers: Provider[], options: JobsOptions = {}, imports: object[] = []): Promise<JobsApp> =>
    jobsApp(
      { ...base(), adoptCron: true, ...options },
      [...providers, bootEvents],
      [ScheduleModule.forRoot(), ...imports],
    );

  describe(`adoptCron on ${name}`, () => {
    beforeEach(() => {
      runs.clear();
      running.clear();
      mostAtOnce = 0;
    });

    it('runs each tick once, as a job without arguments, also of controllers and intervals', async () => {
      @Module({ controllers: [PingController] })
      class PingModule {}
      const { worker, app: nest } = await app([Billing], {}, [PingModule]);
      await worker.start();
      await until('all have run three times', () =>
        ['billing charge 0', 'interval', 'ping'].every((what) => countOf(what) >= 3),
      );
      for (const what of ['billing charge 0', 'interval', 'ping']) {
        const times = runs.get(what) ?? [];
        const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
        // A second run of a tick would come at the same time as the first.
        expect(times.length).toBeLessThanOrEqual(Math.round(span / 1_000) + 1);
      }
      expect(bootEvent(nest, 'cron-adopted')[0]?.schedules.toSorted()).toEqual([
        'Billing.charge',
        'Billing.tick',
        'named interval',
        'nightly report',
        'ping',
      ]);
      const states = await nest.get(JobsInspector).schedules();
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const usual = { queue: 'default', missed: 'skip', paused: false };
      expect(states).toMatchObject([
        { ...usual, name: 'Billing.charge', job: 'Billing.charge', cron: '* * * * * *', timezone: zone },
        { ...usual, name: 'Billing.tick', every: 1_000 },
        { ...usual, name: 'named interval', every: 3_600_000 },
        { ...usual, name: 'nightly report', cron: '0 30 2 * * 1-5', timezone: 'Europe/Berlin' },
        { ...usual, name: 'ping' },
      ]);
    });

    it('leaves the methods listed in SchedulerRegistry, with timers that are stopped', async () => {
      const { app: nest } = await app([Billing]);
      const registry = nest.get(SchedulerRegistry);
      expect(registry.getIntervals()).toContain('named interval');
      expect(registry.getCronJobs().size).toBe(2);
      const report = registry.getCronJob('nightly report');
      expect(report.isActive).toBe(false);
      expect(report.nextDate().toMillis()).toBeGreaterThan(Date.now());
      await report.fireOnTick();
      expect(countOf('report')).toBe(1);
    });

    it('keeps one run at once with waitForCompletion', async () => {
      const { worker, app: nest, event } = await app([Slow]);
      await worker.start();
      await until('it runs', () => countOf('sync') > 0);
      const skipped = await event('finished', ({ outcome }) => outcome.kind === 'expired');
      expect(skipped.outcome).toMatchObject({ reason: { code: 'FLEDGE_TICK_OVERLAP' } });
      // A run by hand is skipped as well.
      const receipt = await nest.get(JobsInspector).runSchedule('Slow.sync');
      await event('finished', ({ id, outcome }) => id === receipt.id && outcome.kind === 'expired');
      expect(countOf('sync')).toBe(1);
      release();
      await until('it runs again', () => countOf('sync') > 1);
      expect(mostAtOnce).toBe(1);
      release();
    });

    it('has disabled methods paused, runs them now, resumes them', async () => {
      const { worker, app: nest } = await app([Odd]);
      const inspector = nest.get(JobsInspector);
      await worker.start();
      const off = await until('it is stored', async () =>
        (await inspector.schedules()).find((state) => state.name === 'off'),
      );
      expect(off).toMatchObject({ paused: true });
      expect(off.next).toBeUndefined();
      await inspector.runSchedule('off');
      await until('it has run by hand', () => countOf('off') === 1);
      await inspector.resumeSchedule('off');
      await until('it ticks', () => countOf('off') >= 3);
      await inspector.pauseSchedule('off');
    });

    it('does not retry a method that throws, unless its options say so', async () => {
      const { worker, app: nest, event } = await app([Odd]);
      const inspector = nest.get(JobsInspector);
      await worker.start();
      await event('schedule-corrected', ({ schedule }) => schedule === 'failing');
      const receipt = await inspector.runSchedule('failing');
      const { outcome, attempts } = await event('finished', ({ id }) => id === receipt.id);
      expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'no luck' } });
      expect(outcome).not.toHaveProperty('retryIn');
      expect(attempts).toBe(1);

      const patient = await app([Odd], {
        adoptCron: { attempts: 2, backoff: 1, queue: 'mailers' },
        defaults: { attempts: 9 },
      });
      await patient.worker.start();
      await patient.event('schedule-corrected', ({ schedule }) => schedule === 'failing');
      const second = await patient.app.get(JobsInspector).runSchedule('failing');
      expect(second.queue).toBe('mailers');
      const end = await patient.event('finished', ({ id, attempt }) => id === second.id && attempt === 2);
      expect(end.outcome).not.toHaveProperty('retryIn');
    });

    it('names the methods that it cannot adopt, and leaves them in their process', async () => {
      const { app: nest } = await app([Left]);
      const [{ code, message } = { code: '', message: '' }] = bootEvent(nest, 'warning');
      expect(code).toBe('FLEDGE_CRON_NOT_ADOPTED');
      for (const method of ['Left.once', 'Left.withOffset', 'Left.delayed', 'Left.often', 'Left.soon'])
        expect(message).toContain(method);
      await until('they run here', () => countOf('often') > 1 && countOf('soon') === 1);
      expect(nest.get(SchedulerRegistry).getCronJobs().size).toBe(3);
    });

    it.each(['JobsModule first', 'ScheduleModule first'])(
      'does not depend on the order of imports: %s',
      async (order) => {
        const modules = [JobsModule.forRoot({ ...base(), adoptCron: true }), ScheduleModule.forRoot()];
        @Module({
          imports: order === 'JobsModule first' ? modules : modules.toReversed(),
          providers: [Billing],
        })
        class OrderedModule {}
        const nest = await NestFactory.createApplicationContext(OrderedModule, { abortOnError: false });
        const jobs = nest.get(SchedulerRegistry).getCronJobs();
        expect([...jobs.values()].map(({ isActive }) => isActive)).toEqual([false, false]);
        await nest.close();
      },
    );

    it.each<[string, Provider[], RegExp]>([
      [
        'two methods of one name',
        [Billing, Twin],
        /"nightly report".*SCHEDULE_DUPLICATE_NAME|already exists/,
      ],
      ['a method with the name of a job', [NightlyJob, NamedAsJob], /"nightly".*SCHEDULE_DUPLICATE_NAME/],
    ])('refuses %s at boot', async (_, providers, message) => {
      await expect(app(providers)).rejects.toThrow(message);
    });

    it.each<[unknown, RegExp]>([
      ['yes', /adoptCron is "yes"/],
      [{ atempts: 2 }, /Unknown option "atempts" of adoptCron\. Did you mean "attempts"\?/],
      [{ queue: 'cron' }, /adoptCron for Billing\.charge.*"cron".*QUEUE_UNDECLARED/],
      [{ attempts: 0 }, /adoptCron for Billing\.charge.*attempts/],
    ])('refuses the option %j', async (adoptCron, message) => {
      await expect(app([Billing], { adoptCron: adoptCron as true })).rejects.toThrow(message);
    });

    it('warns if ScheduleModule is not imported, and respects what it turns off', async () => {
      const without = await jobsApp({ ...base(), adoptCron: true }, [Billing, bootEvents]);
      expect(bootEvent(without.app, 'warning')).toMatchObject([
        {
          code: 'FLEDGE_CRON_NOT_ADOPTED',
          message: expect.stringContaining('ScheduleModule.forRoot()') as string,
        },
      ]);
      const off = await jobsApp(
        { ...base(), adoptCron: true },
        [Billing],
        [ScheduleModule.forRoot({ cronJobs: false })],
      );
      await off.worker.start();
      await off.event('schedule-corrected', ({ schedule }) => schedule === 'Billing.tick');
      const names = (await off.app.get(JobsInspector).schedules()).map((state) => state.name);
      expect(names).toEqual(['Billing.tick', 'named interval']);
    });
  });
}
