// What a developer does to bring Fledge into the portfolio, in this order, and the words of a document that name each step.
const api = 'apps/api';
const statistics = `${api}/src/services/queues/statistics`;

export const steps = [
  {
    named: 'npm install nestjs-fledge bullmq @nestjs/bullmq ioredis nodemailer',
    run: ['npm', 'install', '{tarball}', 'bullmq', '@nestjs/bullmq', 'ioredis', 'nodemailer'],
  },
  { named: 'void runWorker(AppModule);', copy: `${api}/src/main-worker.ts` },
  {
    named: "additionalEntryPoints: [{ entryName: 'main-worker'",
    file: `${api}/webpack.config.js`,
    changes: [
      [
        "main: './src/main.ts',\n",
        "main: './src/main.ts',\n      additionalEntryPoints: [{ entryName: 'main-worker', entryPath: './src/main-worker.ts' }],\n",
      ],
    ],
  },
  {
    named: "from: 'Acme <hello@acme.test>' })",
    file: `${api}/src/app/app.module.ts`,
    changes: [
      [
        /^/,
        "import { JobsModule } from 'nestjs-fledge';\nimport { MailersModule } from 'nestjs-fledge/mailers';\n",
      ],
      [
        '    RedisCacheModule,\n',
        `    RedisCacheModule,
    JobsModule.forRoot({ url: process.env.JOBS_URL }),
    MailersModule.forRoot({ transport: process.env.SMTP_URL, from: 'Portfolio <portfolio@example.test>' }),
`,
      ],
    ],
  },
  {
    named: 'JobsModule.forRoot({ adoptCron: true })',
    file: `${api}/src/app/app.module.ts`,
    changes: [['JobsModule.forRoot({ ', 'JobsModule.forRoot({ adoptCron: true, ']],
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
