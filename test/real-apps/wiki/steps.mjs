// What a developer does to bring Fledge into the wiki, in this order, and the words of a document that name each step.
const server = 'apps/server';

export const steps = [
  {
    named: 'Fledge needs BullMQ 6.7 or later',
    folder: server,
    run: ['pnpm', 'add', 'bullmq@^6.7.0'],
  },
  {
    named: 'Fledge needs nodemailer 10.5 or later',
    folder: server,
    run: ['pnpm', 'add', 'nodemailer@^10.5.0'],
  },
  {
    named: 'install nestjs-fledge bullmq @nestjs/bullmq ioredis nodemailer',
    folder: server,
    run: ['pnpm', 'add', '{tarball}', 'ioredis'],
  },
  {
    named: 'pnpm dlx nestjs-fledge init',
    folder: server,
    run: ['pnpm', 'exec', 'fledge', 'init'],
    writes: [`${server}/src/main-worker.ts`, `${server}/config/jobs.yml`, 'docker-compose.yml'],
  },
  { refusedWith: 'FLEDGE_WORKER_WITHOUT_HTTP' },
  {
    named: '`imports: [onlyInWeb(ThatModule)]`',
    file: `${server}/src/app.module.ts`,
    changes: [
      [/^/, "import { onlyInWeb } from 'nestjs-fledge';\n"],
      ['    CollaborationModule,\n', '    onlyInWeb(CollaborationModule),\n'],
      ['    StaticModule,\n', '    onlyInWeb(StaticModule),\n'],
    ],
  },
  {
    named: '`if (isWorkerProcess()) return;`',
    file: `${server}/src/database/database.module.ts`,
    changes: [
      [/^/, "import { isWorkerProcess } from 'nestjs-fledge';\n"],
      [
        'async onModuleInit(): Promise<void> {\n',
        'async onModuleInit(): Promise<void> {\n    if (isWorkerProcess()) return;\n',
      ],
    ],
  },
  {
    named: 'JobsModule.forRoot({ adoptCron: true })',
    file: `${server}/src/app.module.ts`,
    changes: [['JobsModule.forRoot({\n', 'JobsModule.forRoot({\n      adoptCron: true,\n']],
  },
  { named: 'after: a class for each kind of job', copy: `${server}/src/core/page/add-page-watchers.job.ts` },
  {
    named: 'GreetJob, UserMailer, UserMailerPreview]',
    file: `${server}/src/core/page/page.module.ts`,
    changes: [
      [/^/, "import { AddPageWatchersJob } from './add-page-watchers.job';\n"],
      ['providers: [', 'providers: [AddPageWatchersJob, '],
    ],
  },
  {
    named: 'await this.jobs.enqueue(YearlyReportJob',
    file: `${server}/src/core/page/page.service.ts`,
    changes: [
      [
        /^/,
        "import { JobsService } from 'nestjs-fledge';\nimport { AddPageWatchersJob } from './add-page-watchers.job';\n",
      ],
      [
        '    @InjectQueue(QueueName.GENERAL) private readonly general: Queue,\n',
        '    private readonly jobs: JobsService,\n',
      ],
      ["import { InjectQueue } from '@nestjs/bullmq';\n", ''],
      ["import type { Queue } from 'bullmq';\n", ''],
      ['import { QueueJob, QueueName }', 'import { QueueJob }'],
      [
        'await this.general.add(QueueJob.ADD_PAGE_WATCHERS, { pageId: page.id, userIds: watchers });',
        'await this.jobs.enqueue(AddPageWatchersJob, { pageId: page.id, userIds: watchers });',
      ],
    ],
  },
  {
    named: 'A mailer is a provider.',
    copy: `${server}/src/core/auth/auth.mailer.tsx`,
  },
  {
    named: 'GreetJob, UserMailer, UserMailerPreview]',
    file: `${server}/src/core/auth/auth.module.ts`,
    changes: [
      [/^/, "import { AuthMailer, AuthMailerPreview } from './auth.mailer';\n"],
      ['providers: [', 'providers: [AuthMailer, AuthMailerPreview, '],
    ],
  },
  {
    named: 'A [mailer](mailers.md) and `deliverLater`',
    file: `${server}/src/core/auth/auth.service.ts`,
    changes: [
      [
        /^/,
        "import { MailersService } from 'nestjs-fledge/mailers';\nimport { AuthMailer } from './auth.mailer';\n",
      ],
      ["import { ForgotPasswordEmail } from '@wiki/transactional/emails/forgot-password-email';\n", ''],
      ["import { EnvironmentService } from '../../integrations/environment/environment.module';\n", ''],
      ['private readonly env: EnvironmentService', 'private readonly mailers: MailersService'],
      ['    const link = `${this.env.appUrl}/password-reset?token=${randomUUID()}`;\n', ''],
      [
        "await this.mails.sendToQueue(email, 'Set a new password', ForgotPasswordEmail({ name, link }));",
        'await this.mailers.for(AuthMailer).forgotPassword({ name, email, token: randomUUID() }).deliverLater();',
      ],
    ],
  },
];
