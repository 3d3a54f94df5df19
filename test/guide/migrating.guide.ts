import { BullModule, InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import type { Job as BullJob, Queue } from 'bullmq';
import { Job, JobsService, type JobContext } from 'nestjs-fledge';
import { expect, it } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const reported: string[] = [];

@Injectable()
class ReportsService {
  async yearly(year: number, _signal: AbortSignal): Promise<void> {
    reported.push(`${year}`);
  }
}

// #region job
// after: a class for each kind of job
@Job({ attempts: 5 })
export class YearlyReportJob {
  constructor(private readonly reports: ReportsService) {}

  async perform({ year }: { year: number }, { signal }: JobContext): Promise<void> {
    await this.reports.yearly(year, signal);
  }
}
// #endregion

// #region forward
/** Hands the jobs that are still in the old queue over to the new class. */
@Processor('reports')
export class ReportsProcessor extends WorkerHost {
  constructor(private readonly jobs: JobsService) {
    super();
  }

  async process({ name, data }: BullJob<{ year: number }>): Promise<void> {
    if (name !== 'yearly') throw new Error(`There is no job ${name}.`);
    await this.jobs.enqueue(YearlyReportJob, { year: data.year });
  }
}
// #endregion

@Injectable()
class OldQueue {
  constructor(@InjectQueue('reports') readonly queue: Queue) {}
}

/** The code of docs/migrating.md, on a real Redis. */
export function migratingGuide(newUrl: () => string): void {
  it('jobs in the old queue are handed over, those that are due later too', async () => {
    reported.length = 0;
    const url = newUrl();
    const { hostname: host, port } = new URL(url);
    const prefix = `old-${process.pid}-${Date.now()}`;
    const registered = BullModule.registerQueue({
      name: 'reports',
      prefix,
      connection: { host, port: Number(port) },
    });
    @Module({ imports: [registered], providers: [ReportsProcessor, OldQueue], exports: [OldQueue] })
    class ReportsModule {}
    const { app, jobs, worker } = await jobsApp({ url }, [ReportsService, YearlyReportJob], [ReportsModule]);
    const { queue } = app.get(OldQueue, { strict: false });
    await queue.add('yearly', { year: 2024 });
    await queue.add('yearly', { year: 2025 }, { delay: 200 });
    await jobs.enqueue(YearlyReportJob, { year: 2026 });
    await worker.start();
    await until('all reports are made', () => reported.length === 3);
    expect(reported.toSorted()).toEqual(['2024', '2025', '2026']);
    await queue.obliterate({ force: true });
  });
}
