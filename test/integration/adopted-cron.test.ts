import { Injectable } from '@nestjs/common';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import { expect, inject, it } from 'vitest';
import { JobsModule } from 'nestjs-fledge';
import { testJobs } from 'nestjs-fledge/testing';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';
import { adoptedCronBehaviour } from './adopted-cron.behaviour.js';

adoptedCronBehaviour('memory', () => 'memory:');
adoptedCronBehaviour('Redis', () => privateUrl(inject('redisUrl')));

const runs: string[] = [];

@Injectable()
class Report {
  @Cron('* * * * * *', { name: 'report' })
  send(): void {
    runs.push(new Date().toISOString());
  }

  @Cron('* * * * * *', { name: 'off', disabled: true })
  off(): void {}
}

const options = (adoptCron?: boolean): Parameters<typeof jobsApp>[0] => ({
  url: privateUrl(inject('redisUrl')),
  ...(adoptCron !== undefined && { adoptCron }),
});

const cronWarnings = ({ events }: JobsApp): string[] =>
  events.flatMap((event) =>
    event.type === 'warning' && event.code === 'FLEDGE_CRON_IN_EVERY_PROCESS' ? event.message : [],
  );

it('does not run adopted methods in a process that is not a worker', async () => {
  runs.length = 0;
  await jobsApp(options(true), [Report], [ScheduleModule.forRoot()]);
  const since = Date.now();
  await until('two seconds have passed', () => Date.now() > since + 2_100);
  expect(runs).toEqual([]);
});

it('a worker warns once about methods that run in every process, unless the application has decided', async () => {
  const undecided = await jobsApp(options(), [Report], [ScheduleModule.forRoot()]);
  expect(cronWarnings(undecided)).toEqual([]);
  await undecided.worker.start();
  const [message, ...more] = cronWarnings(undecided);
  expect(message).toContain('report (Report.send)');
  expect(message).toContain('adoptCron: true');
  expect(message).not.toContain('Report.off');
  expect(more).toEqual([]);
  for (const adoptCron of [true, false]) {
    const decided = await jobsApp(options(adoptCron), [Report], [ScheduleModule.forRoot()]);
    await decided.worker.start();
    expect(cronWarnings(decided)).toEqual([]);
  }
  const without = await jobsApp(options(), [Report]);
  await without.worker.start();
  expect(cronWarnings(without)).toEqual([]);
});

it('testJobs runs adopted methods when its clock reaches their ticks, and not before', async () => {
  runs.length = 0;
  await using jobs = await testJobs({
    imports: [ScheduleModule.forRoot(), JobsModule.forRoot({ adoptCron: true })],
    providers: [Report],
  });
  expect(runs).toEqual([]);
  await jobs.advance('3s');
  expect(runs).toHaveLength(3);
});
