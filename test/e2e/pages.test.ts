import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createJobsClient, job } from '../../src/client/index.js';
import { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { privateUrl } from '../support/jobs-app.js';
import { appsOf, CompiledApps, type Files } from '../support/page-apps.js';

/** The applications of these pages. A name stands for an application on one page only. */
const pages = ['docs/configuration.md', 'docs/worker.md', 'docs/logging.md', 'docs/cpu-bound.md'];

const mainWorker = `
import { runWorker } from 'nestjs-fledge';
import { AppModule } from './app.module.js';
void runWorker(AppModule);
`;
const main = `
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
const app = await NestFactory.create(AppModule);
await app.listen(process.env.PORT ?? 3000);
console.log('listening');
`;
/** A module that logs when it starts. */
const speaking = (name: string): string => `
import { Logger, Module, type OnModuleInit } from '@nestjs/common';
@Module({})
export class ${name} implements OnModuleInit {
  onModuleInit(): void { new Logger('Roles').log('${name} is here'); }
}
`;
const payModule = (middleware: string): string => `
import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-fledge';
import { PayJob } from './pay.job.js';
${middleware && `import { ${middleware} } from './job-scope.js';`}
@Module({ imports: [JobsModule.forRoot({ middleware: [${middleware}] })], providers: [PayJob] })
export class AppModule {}
`;
const payJob = `
import { Logger } from '@nestjs/common';
import { Job } from 'nestjs-fledge';
@Job()
export class PayJob {
  private readonly logger = new Logger('Pay');
  async perform({ orderId, card }: { orderId: string; card: string }): Promise<void> {
    this.logger.log({ message: 'paying', orderId, card });
  }
}
`;

/** What the pages leave to the reader. */
const rest: Readonly<Record<string, Files>> = {
  config: {
    'src/main.ts': main,
    'src/main-worker.ts': mainWorker,
    'src/report.job.ts': `
import { Job, type JobContext } from 'nestjs-fledge';
@Job({ queue: 'reports' })
export class ReportJob {
  async perform({ year }: { year: number }, { logger }: JobContext): Promise<void> { logger.log('report of ' + year); }
}
`,
  },
  roles: {
    'src/main.ts': main,
    'src/audio.module.ts': speaking('AudioModule'),
    'src/presence.gateway.ts': `
import { Injectable, Logger } from '@nestjs/common';
@Injectable()
export class PresenceGateway {
  constructor() { new Logger('Roles').log('PresenceGateway is here'); }
}
`,
  },
  winston: { 'src/app.module.ts': payModule('jobScope'), 'src/pay.job.ts': payJob },
  nest: { 'src/app.module.ts': payModule(''), 'src/pay.job.ts': payJob },
  cpu: {
    'src/main-worker.ts': `
import { Module } from '@nestjs/common';
import { Job, runWorker } from 'nestjs-fledge';
import { AppModule } from './app.module.js';
@Job()
class OtherJob { async perform(): Promise<void> {} }
@Module({ imports: [AppModule], providers: [OtherJob] })
class TestModule {}
void runWorker(TestModule);
`,
  },
};

let compiled: CompiledApps;

beforeAll(async () => {
  const apps = new Map<string, Files>();
  for (const page of pages) for (const [name, files] of await appsOf(page)) apps.set(name, files);
  expect([...apps.keys()].sort()).toEqual(['config', 'cpu', 'nest', 'pino', 'roles', 'winston']);
  for (const [name, files] of Object.entries(rest)) apps.set(name, { ...files, ...apps.get(name) });
  compiled = await CompiledApps.of(apps);
});

afterAll(() => compiled?.remove());

function start(app: string, entry: 'main' | 'main-worker', env: NodeJS.ProcessEnv): AppProcess {
  // The repository's own config/jobs.yml is not meant for these applications.
  const own = { PATH: process.env.PATH, HOME: process.env.HOME, JOBS_CONFIG: '/dev/null' };
  const role = entry === 'main' ? 'web' : 'worker';
  const child = new AppProcess(role, { ...own, ...env }, [compiled.entry(app, entry)]);
  onTestFinished(async () => void (await child.stop('SIGKILL')));
  return child;
}

interface AnyJob {
  perform(payload: { readonly [key: string]: string | number }): Promise<unknown>;
}

/** Enqueues from the test, which does not have the classes of the pages. */
function client(url: string) {
  const jobs = createJobsClient({
    url,
    jobs: {
      ReportJob: job<AnyJob>({ queue: 'reports' }),
      PayJob: job<AnyJob>(),
      OtherJob: job<AnyJob>(),
      CountPrimesJob: job<AnyJob>({ queue: 'computing' }),
    },
  });
  onTestFinished(() => jobs.close());
  return jobs;
}

const newUrl = (): string => privateUrl(inject('redisUrl'));

describe('docs/configuration.md', () => {
  it('forRootAsync takes its options from ConfigService, in web and worker', async () => {
    const url = newUrl();
    const port = String(await freePort());
    const env = { REDIS_URL: url, REPORTS_AT_ONCE: '3', MAIL_FROM: 'hello@acme.test', SMTP_URL: 'memory:' };
    const worker = start('config', 'main-worker', { ...env, JOBS_LOG_FORMAT: 'text' });
    await worker.waitFor(/processor default ×10, processor mailers ×5, processor reports ×3/);
    await client(url).enqueue('ReportJob', { year: 2026 });
    await worker.waitFor(/report of 2026/);

    const web = start('config', 'main', { ...env, PORT: port });
    await web.waitFor(/listening/);
    expect((await fetch(`http://127.0.0.1:${port}/dev/mails`)).status).toBe(200);
  });
});

describe('docs/worker.md', () => {
  it('modules and providers are only where they are wanted', async () => {
    const url = newUrl();
    const port = String(await freePort());
    const worker = start('roles', 'main-worker', { JOBS_URL: url });
    await worker.waitFor(/processor default/);
    expect(worker.lines.join('\n')).toContain('AudioModule is here');
    expect(worker.lines.join('\n')).not.toContain('PresenceGateway is here');

    const web = start('roles', 'main', { JOBS_URL: url, PORT: port });
    await web.waitFor(/listening/);
    expect(web.lines.join('\n')).toContain('PresenceGateway is here');
    expect(web.lines.join('\n')).not.toContain('AudioModule is here');
    expect(await (await fetch(`http://127.0.0.1:${port}/chat`)).text()).toBe('chat');
  });
});

describe('docs/logging.md', () => {
  const payment = { orderId: '17', card: '4242' };
  const read = (line: string): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>;

  it('with nestjs-pino every line of the worker is pino’s, has the job, and hides the secret', async () => {
    const url = newUrl();
    const worker = start('pino', 'main-worker', { JOBS_URL: url });
    await worker.waitFor(/processor default/);
    const { id } = await client(url).enqueue('PayJob', payment);
    const scope = { jobId: id, job: 'PayJob' };
    expect(read(await worker.waitFor(/"msg":"paying"/))).toMatchObject({
      ...scope,
      orderId: '17',
      card: '[Redacted]',
    });
    expect(read(await worker.waitFor(/"msg":"attempt finished"/))).toMatchObject({
      id,
      class: 'PayJob',
      queue: 'default',
      attempt: 1,
      outcome: 'completed',
      wait: expect.any(Number) as number,
      duration: expect.any(Number) as number,
    });
    expect(await worker.stop()).toBe(0);
    // A slow machine may add warnings, so the level is any of pino's.
    const ofPino = { level: expect.any(Number) as number, hostname: expect.any(String) as string };
    for (const line of worker.lines) expect(read(line)).toMatchObject(ofPino);
    expect(worker.lines.join('\n')).not.toMatch(/4242|PayJob \S+ performed/);
  });

  it('with nestjs-pino the web process logs with pino too', async () => {
    const port = String(await freePort());
    const web = start('pino', 'main', { JOBS_URL: newUrl(), PORT: port });
    const line = await web.waitFor(/successfully started/);
    expect(read(line)).toMatchObject({ level: 30, context: 'NestApplication' });
  });

  it('with nest-winston every line of the worker is winston’s, has the job, and hides the secret', async () => {
    const url = newUrl();
    const worker = start('winston', 'main-worker', { JOBS_URL: url });
    await worker.waitFor(/processor default/);
    const { id } = await client(url).enqueue('PayJob', payment);
    expect(read(await worker.waitFor(/"message":"paying"/))).toMatchObject({
      jobId: id,
      job: 'PayJob',
      orderId: '17',
      card: '[redacted]',
      context: 'Pay',
    });
    await worker.waitFor(new RegExp(`PayJob ${id} performed`));
    expect(await worker.stop()).toBe(0);
    for (const line of worker.lines)
      expect(read(line)).toMatchObject({ timestamp: expect.any(String) as string });
    expect(worker.lines.join('\n')).not.toContain('4242');
  });

  it('with Nest’s logger the worker logs as it is configured', async () => {
    const url = newUrl();
    const worker = start('nest', 'main-worker', { JOBS_URL: url });
    await worker.waitFor(/processor default/);
    const { id } = await client(url).enqueue('PayJob', payment);
    const line = read(await worker.waitFor(new RegExp(`PayJob ${id} performed`)));
    expect(line).toMatchObject({ level: 'log', context: 'Jobs' });
    expect(line).not.toHaveProperty('outcome');
  });
});

describe('docs/cpu-bound.md', () => {
  /** More than any test waits for. */
  const endless = { from: 1e15, to: 2e15 };

  it('a job computes in a thread of piscina while other jobs run, and a cancellation ends the thread', async () => {
    const url = newUrl();
    const jobs = client(url);
    const worker = start('cpu', 'main-worker', {
      JOBS_URL: url,
      JOBS_LOG_FORMAT: 'text',
      JOBS_LOG_LEVEL: 'debug',
    });
    await worker.waitFor(/processor computing ×2/);
    await jobs.enqueue('CountPrimesJob', { from: 0, to: 100 });
    await worker.waitFor(/25 primes from 0 to 100/);

    const long = [
      await jobs.enqueue('CountPrimesJob', endless),
      await jobs.enqueue('CountPrimesJob', endless),
    ];
    for (const { id } of long) await worker.waitFor(new RegExp(`${id} started`));
    const other = await jobs.enqueue('OtherJob', {});
    await worker.waitFor(new RegExp(`OtherJob ${other.id} performed`));

    for (const { id } of long) {
      await jobs.cancel(id);
      await worker.waitFor(new RegExp(`${id} cancelled`));
    }
    // Both slots and both threads are free again.
    await jobs.enqueue('CountPrimesJob', { from: 100, to: 200 });
    await worker.waitFor(/21 primes from 100 to 200/);
  });

  it('a worker that stops ends the thread, and the job goes back to its queue', async () => {
    const url = newUrl();
    const jobs = client(url);
    const env = {
      JOBS_URL: url,
      JOBS_LOG_FORMAT: 'text',
      JOBS_LOG_LEVEL: 'debug',
      JOBS_SHUTDOWN_TIMEOUT: '10s',
    };
    const worker = start('cpu', 'main-worker', env);
    await worker.waitFor(/processor computing/);
    const { id } = await jobs.enqueue('CountPrimesJob', endless);
    await worker.waitFor(new RegExp(`${id} started`));
    expect(await worker.stop()).toBe(0);
    expect(worker.lines.join('\n')).toMatch(new RegExp(`${id} is back in its queue`));
    // It was not repeated, and it still waits.
    expect(await jobs.cancel(id)).toEqual({ removed: 1, signalled: 0 });
  });
});
