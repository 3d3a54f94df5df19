import { Injectable } from '@nestjs/common';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import {
  Job,
  JobsInspector,
  JobsModule,
  JobsService,
  schedule,
  type JobContext,
  type ScheduleState,
} from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Injectable()
export class SessionsService {
  async prune({ before }: { before: Date | undefined }): Promise<void> {
    ran.push(`prune before ${String(before)}`);
  }
}

@Injectable()
export class PricesService {
  async sync(): Promise<void> {
    ran.push('prices');
  }
}

// #region schedule-class
@Job({ cron: '0 3 * * *', timezone: 'Europe/Berlin' })
export class PruneSessionsJob {
  constructor(private readonly sessions: SessionsService) {}

  async perform(_: undefined, { tick = new Date() }: JobContext): Promise<void> {
    await this.sessions.prune({ before: tick });
  }
}

@Job({ every: '15m', missed: 'once' })
export class SyncPricesJob {
  constructor(private readonly prices: PricesService) {}

  async perform(): Promise<void> {
    await this.prices.sync();
  }
}
// #endregion

@Job({ attempts: 25 })
export class ImportCsvJob {
  async perform({ fileId }: { fileId: string }, { attempts }: JobContext): Promise<void> {
    ran.push(`import ${fileId}, ${attempts} attempts`);
  }
}

// #region schedule-entries
const schedules = [
  schedule(
    ImportCsvJob,
    { fileId: 'eu' },
    { name: 'import-eu', cron: '0 3 * * *', timezone: 'Europe/Berlin' },
  ),
  schedule(
    ImportCsvJob,
    { fileId: 'us' },
    { name: 'import-us', cron: '0 3 * * *', timezone: 'America/New_York', attempts: 3 },
  ),
];

export const jobsModule = JobsModule.forRoot({ schedules });
// #endregion

@Job()
export class DigestJob {
  async perform({ userId }: { userId: number }): Promise<void> {
    ran.push(`digest ${userId}`);
  }
}

// #region schedule-runtime
@Injectable()
export class DigestSettings {
  constructor(private readonly jobs: JobsService) {}

  async save(userId: number, hour: number, timezone: string): Promise<void> {
    const options = { name: `digest-${userId}`, cron: `0 ${hour} * * 1`, timezone };
    await this.jobs.schedules.upsert(DigestJob, { userId }, options);
  }

  async turnOff(userId: number): Promise<void> {
    await this.jobs.schedules.remove(`digest-${userId}`);
  }

  async first(): Promise<ScheduleState[]> {
    // With a cursor there are more: list({ prefix: 'digest-', cursor })
    const { schedules } = await this.jobs.schedules.list({ prefix: 'digest-', limit: 20 });
    return schedules;
  }
}
// #endregion

// #region adopt-cron
@Injectable()
export class Billing {
  @Cron('0 3 * * *', { name: 'charge', timeZone: 'Europe/Berlin' })
  async charge(): Promise<void> {
    ran.push('charge');
  }
}

export const cronModules = [ScheduleModule.forRoot(), JobsModule.forRoot({ adoptCron: true })];
// #endregion

export function schedulesGuide(kind: string, url: () => string): void {
  const start = async (): Promise<JobsApp> => {
    ran.length = 0;
    const providers = [SessionsService, PricesService, PruneSessionsJob, SyncPricesJob, ImportCsvJob];
    const app = await jobsApp({ url: url(), schedules }, providers);
    await app.worker.start();
    return app;
  };

  describe(`docs/jobs.md, schedules, on ${kind}`, () => {
    it('declared schedules are planned, and can be listed, paused, resumed and run now', async () => {
      const { app } = await start();
      const inspector = app.get(JobsInspector);
      await until('all are planned', async () => {
        const states = await inspector.schedules();
        return states.length === 4 && states.every(({ next }) => next);
      });
      // #region schedule-inspector
      const late = (await inspector.schedules()).filter(({ next }) => next && next < new Date());
      await inspector.pauseSchedule('import-us');
      await inspector.resumeSchedule('import-us');
      await inspector.runSchedule('import-us');
      // #endregion
      expect(late).toEqual([]);
      await inspector.runSchedule('PruneSessionsJob');
      await until('both ran', () => ran.length === 2);
      expect(ran.toSorted()).toEqual([
        'import us, 3 attempts',
        expect.stringMatching(/^prune before .*20\d\d/) as string,
      ]);
    });

    it('schedules are made, listed and removed at run time', async () => {
      ran.length = 0;
      const { app, worker } = await jobsApp({ url: url() }, [DigestJob, DigestSettings]);
      const settings = app.get(DigestSettings);
      await settings.save(42, 8, 'Asia/Tokyo');
      await settings.save(43, 9, 'UTC');
      await settings.turnOff(43);
      expect(await settings.first()).toMatchObject([
        { name: 'digest-42', job: 'DigestJob', cron: '0 8 * * 1', timezone: 'Asia/Tokyo' },
      ]);
      await worker.start();
      await app.get(JobsInspector).runSchedule('digest-42');
      await until('it ran', () => ran.includes('digest 42'));
    });

    it('a @Cron method is a scheduled job with adoptCron', async () => {
      ran.length = 0;
      const options = { url: url(), adoptCron: true };
      const { app, worker } = await jobsApp(options, [Billing], [ScheduleModule.forRoot()]);
      await worker.start();
      const inspector = app.get(JobsInspector);
      const [state] = await until('it is planned', async () => {
        const states = await inspector.schedules();
        return states.length > 0 && states;
      });
      expect(state).toMatchObject({ name: 'charge', cron: '0 3 * * *', timezone: 'Europe/Berlin' });
      await inspector.runSchedule('charge');
      await until('it ran', () => ran.includes('charge'));
    });
  });
}
