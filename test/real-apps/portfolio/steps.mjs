// What a developer does to bring Fledge into the portfolio, in this order, and the words of a document that name each step.
const api = 'apps/api';
const statistics = `${api}/src/services/queues/statistics`;

export const steps = [
  {
    named: 'npm install nestjs-fledge bullmq @nestjs/bullmq ioredis nodemailer',
    run: ['npm', 'install', '{tarball}', 'bullmq', '@nestjs/bullmq', 'ioredis', 'nodemailer'],
  },
  {
    named: 'npx nx g nestjs-fledge:init --project=api',
    run: ['npx', 'nx', 'g', 'nestjs-fledge:init', '--project=api'],
    writes: [`${api}/src/main-worker.ts`, 'config/jobs.yml', 'docker-compose.yml'],
  },
  {
    named: 'JobsModule.forRoot({ adoptCron: true })',
    file: `${api}/src/app/app.module.ts`,
    changes: [['JobsModule.forRoot({\n', 'JobsModule.forRoot({\n      adoptCron: true,\n']],
  },
  {
    named: 'All workers of one store must declare the same schedules',
    file: `${api}/src/services/cron/cron.service.ts`,
    changes: [['`${new Date().getMinutes()} * * * *`', "'17 * * * *'"]],
  },
  ...['data-gathering/data-gathering', 'statistics/statistics'].map((name) => {
    const processor = name.startsWith('data') ? 'DataGatheringProcessor' : 'StatisticsProcessor';
    return {
      named: '`provideOnlyInWorker(TheClass)`',
      file: `${api}/src/services/queues/${name}.module.ts`,
      changes: [
        [/^/, "import { provideOnlyInWorker } from 'nestjs-fledge';\n"],
        [`, ${processor}]`, `, provideOnlyInWorker(${processor})]`],
      ],
    };
  }),
  {
    named: 'A mailer is a provider.',
    copy: `${statistics}/statistics.mailer.ts`,
  },
  {
    named: 'after: a class for each kind of job',
    copy: `${statistics}/gather-uptime.job.ts`,
  },
  {
    named: 'GreetJob, UserMailer, UserMailerPreview]',
    file: `${statistics}/statistics.module.ts`,
    changes: [
      [
        /^/,
        "import { GatherUptimeJob } from './gather-uptime.job';\nimport { StatisticsMailer, StatisticsMailerPreview } from './statistics.mailer';\n",
      ],
      ['providers: [', 'providers: [GatherUptimeJob, StatisticsMailer, StatisticsMailerPreview, '],
    ],
  },
  {
    named: 'await this.jobs.enqueue(YearlyReportJob',
    file: `${api}/src/app/admin/admin.controller.ts`,
    changes: [
      [
        /^/,
        "import { JobsService } from 'nestjs-fledge';\nimport { GatherUptimeJob, type UptimeRequest } from '@portfolio/api/services/queues/statistics/gather-uptime.job';\n",
      ],
      ['import { Controller, ', 'import { Body, Controller, '],
      ['  constructor(\n', '  constructor(\n    private readonly jobs: JobsService,\n'],
      [
        'gatherStatistics(): Promise<void> {\n    await this.statistics.gather();',
        'gatherStatistics(@Body() request: UptimeRequest): Promise<void> {\n    await this.jobs.enqueue(GatherUptimeJob, request);',
      ],
    ],
  },
];
