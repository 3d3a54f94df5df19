import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import {
  checkJobsManifest,
  Job,
  JobsModule,
  writeJobsManifest,
  type JobsManifest,
  type JobsOptions,
} from 'nestjs-fledge';
import { createJobsClient, job, mailer, type JobsClientOptions } from 'nestjs-fledge/client';
import { Action, Mailer, MailersModule, type Mail } from 'nestjs-fledge/mailers';
import { testJobs } from 'nestjs-fledge/testing';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { Injectable, type INestApplicationContext } from '@nestjs/common';
import { folderOf } from '../support/folder-of.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';

@Job({ name: 'charge', queue: 'billing', priority: 7, aliases: ['ChargeJob', 'old-charge'], attempts: 3 })
class ChargeJob {
  async perform(_payload: { orderId: string }): Promise<void> {}
}

@Job({ unique: { by: ['customer'], until: 'start', mode: 'replace', for: '1h' } })
class ExportJob {
  async perform(_payload: { customer: string; page?: number }): Promise<void> {}
}

@Job({ unique: { by: ({ to }: { to: string }) => to.toLowerCase() } })
class InviteJob {
  async perform(_payload: { to: string }): Promise<void> {}
}

@Job({ unique: true })
class CleanJob {
  async perform(): Promise<void> {}
}

@Mailer({ name: 'account.mails' })
class AccountMailer {
  @Action()
  async welcome({ email }: { email: string }): Promise<Mail> {
    return { to: email, subject: 'Welcome', text: 'Hello' };
  }

  @Action()
  async digest(): Promise<Mail> {
    return this.base();
  }

  async base(): Promise<Mail> {
    return { to: 'all@example.test', subject: 'Digest', text: 'News' };
  }
}

@Injectable()
class Clock {
  @Cron('0 3 * * *', { name: 'nightly' })
  tick(): void {}
}

const providers = [ChargeJob, ExportJob, InviteJob, CleanJob, AccountMailer, Clock];
const mailers = MailersModule.forRoot({ transport: 'memory:', from: 'hello@acme.test' });
const queues = { default: {}, billing: {}, mailers: {} };

async function appWith(options: JobsOptions = {}, own: typeof providers = providers): Promise<JobsApp> {
  const settings = { url: 'memory:', queues, adoptCron: true, ...options };
  return jobsApp(settings, own, [ScheduleModule.forRoot(), mailers]);
}

const expected: JobsManifest = {
  queues: ['billing', 'default', 'mailers'],
  jobs: {
    CleanJob: { queue: 'default', unique: { until: 'done', mode: 'first' } },
    ExportJob: {
      queue: 'default',
      unique: { by: ['customer'], until: 'start', mode: 'replace', for: 3_600_000 },
    },
    InviteJob: { queue: 'default', unique: { by: 'function', until: 'done', mode: 'first' } },
    charge: { queue: 'billing', priority: 7, aliases: ['ChargeJob', 'old-charge'] },
  },
  mailers: { 'account.mails': { actions: ['digest', 'welcome'] } },
};

async function written(app: Pick<INestApplicationContext, 'get'>): Promise<string> {
  const file = join(await folderOf({}), 'api/jobs-manifest.json');
  expect(await writeJobsManifest(app, file)).toBe(true);
  return file;
}

describe('writeJobsManifest', () => {
  it('writes the names, queues and options that a client needs, sorted by name', async () => {
    const file = await written((await appWith()).app);
    const text = await readFile(file, 'utf8');
    expect(text).toBe(`${JSON.stringify(expected, null, 2)}\n`);
  });

  it('takes what testJobs returns, and an application without mailers', async () => {
    const jobs = await testJobs({ imports: [JobsModule.forRoot()], providers: [CleanJob] });
    onTestFinished(() => jobs.close());
    const file = await written(jobs);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      queues: ['default', 'mailers'],
      jobs: { CleanJob: expected.jobs.CleanJob },
      mailers: {},
    });
  });

  it('does not touch a file with the same content, however it is formatted', async () => {
    const { app } = await appWith();
    const file = await written(app);
    await writeFile(file, JSON.stringify(expected));
    const past = new Date(0);
    await utimes(file, past, past);
    expect(await writeJobsManifest(app, file)).toBe(false);
    expect((await stat(file)).mtime).toEqual(past);
    await checkJobsManifest(app, file);
  });

  it('replaces a file with other content, or without JSON', async () => {
    const { app } = await appWith();
    for (const text of ['{}', '[]', '{ "queues": [', '']) {
      const file = join(await folderOf({ 'jobs-manifest.json': text }), 'jobs-manifest.json');
      expect(await writeJobsManifest(app, file)).toBe(true);
      await checkJobsManifest(app, file);
    }
  });
});

describe('checkJobsManifest', () => {
  it('names each difference', async () => {
    const file = await written((await appWith()).app);

    @Job({ name: 'CleanJob' })
    class OtherCleanJob {
      async perform(): Promise<void> {}
    }
    @Job()
    class NewJob {
      async perform(): Promise<void> {}
    }
    const { app } = await jobsApp({ url: 'memory:' }, [OtherCleanJob, NewJob, ExportJob]);
    await expect(checkJobsManifest(app, file)).rejects.toMatchObject({
      code: 'FLEDGE_MANIFEST_OUTDATED',
      message: expect.stringMatching(
        /jobs-manifest\.json does not fit the application: the queues have changed, CleanJob has changed, InviteJob no longer exists, NewJob is missing, charge no longer exists, account\.mails no longer exists\. Write it again with writeJobsManifest\. \[/,
      ),
    });
  });

  it('refuses a file that is missing or not a JSON object', async () => {
    const { app } = await appWith();
    const folder = await folderOf({ list: '[]', broken: '{', text: 'jobs' });
    for (const name of ['missing', 'list', 'broken', 'text'])
      await expect(checkJobsManifest(app, join(folder, name))).rejects.toMatchObject({
        code: 'FLEDGE_MANIFEST_OUTDATED',
        message: expect.stringMatching(/it does not exist, or is not a JSON object/),
      });
  });

  it('passes on an error of the file system', async () => {
    const { app } = await appWith();
    await expect(checkJobsManifest(app, await folderOf({}))).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

type Options = Omit<JobsClientOptions<never, never>, 'jobs' | 'mailers'>;

const invite = { by: ({ to }: { to: string }) => to.toLowerCase() };

function clientOf(options: Options) {
  const client = createJobsClient({
    manifest: expected,
    jobs: {
      charge: job<ChargeJob>(),
      ExportJob: job<ExportJob>(),
      InviteJob: job<InviteJob>({ unique: invite }),
      CleanJob: job<CleanJob>(),
    },
    mailers: { 'account.mails': mailer<AccountMailer>() },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

describe('a client with a manifest', () => {
  it('enqueues with the queues, names and unique keys of the application', async () => {
    const url = privateUrl(inject('redisUrl'));
    const client = clientOf({ url });
    const { jobs } = await appWith({ url, adoptCron: false });
    expect(await client.enqueue('charge', { orderId: 'x' })).toMatchObject({
      queue: 'billing',
      name: 'charge',
    });
    const { id } = await client.enqueue('CleanJob');
    expect(await jobs.enqueue(CleanJob)).toMatchObject({ status: 'duplicate', duplicateOf: id });
    const invited = await jobs.enqueue(InviteJob, { to: 'ADA@example.test' });
    expect(await client.enqueue('InviteJob', { to: 'ada@example.test' })).toMatchObject({
      status: 'duplicate',
      duplicateOf: invited.id,
    });
    const first = await jobs.enqueue(ExportJob, { customer: 'acme', page: 1 }, { delay: '1h' });
    const second = await client.enqueue('ExportJob', { customer: 'acme', page: 2 }, { delay: '1h' });
    expect(second).toMatchObject({ status: 'replaced', duplicateOf: first.id });
    const mail = await client.mail('account.mails').welcome({ email: 'ada@example.test' }).deliverLater();
    expect(mail).toMatchObject({ queue: 'mailers', status: 'enqueued' });
    expect(await client.cancelAll('charge')).toEqual({ removed: 1, signalled: 0 });
  });

  it('accepts a queue of the manifest that none of its jobs has, and no other', async () => {
    const url = privateUrl(inject('redisUrl'));
    const client = createJobsClient({ url, manifest: expected, jobs: { CleanJob: job<CleanJob>() } });
    onTestFinished(() => client.close());
    expect(await client.enqueue('CleanJob', undefined, { queue: 'billing' })).toMatchObject({
      queue: 'billing',
    });
    await expect(client.enqueue('CleanJob', undefined, { queue: 'biling' })).rejects.toMatchObject({
      code: 'FLEDGE_QUEUE_UNDECLARED',
    });
  });

  it('refuses an action that the manifest does not have', () => {
    const mails = clientOf({ url: 'redis://127.0.0.1' }).mail('account.mails');
    const { base } = mails as never as Record<string, () => unknown>;
    expect(() => base!()).toThrow(expect.objectContaining({ code: 'FLEDGE_MAILER_ACTION_UNKNOWN' }) as Error);
  });

  const withCleanJob = (options: object): object => ({
    manifest: { ...expected, jobs: { ...expected.jobs, CleanJob: options } },
  });
  const option = 'FLEDGE_OPTION_INVALID';

  it.each<[string, string, object, RegExp]>([
    [
      'an unknown job',
      'FLEDGE_JOB_NOT_REGISTERED',
      { jobs: { Clean: job<CleanJob>() } },
      /"Clean" of the manifest.*"CleanJob"/,
    ],
    [
      'a job with the name of a method of objects',
      'FLEDGE_JOB_NOT_REGISTERED',
      { jobs: { toString: job<CleanJob>() } },
      /"toString" of the manifest/,
    ],
    [
      'an unknown mailer',
      'FLEDGE_MAILER_NOT_REGISTERED',
      { mailers: { mails: mailer<AccountMailer>() } },
      /"mails" of the manifest/,
    ],
    [
      'options of a job that are in the manifest',
      option,
      { jobs: { charge: job<ChargeJob>({ queue: 'billing', priority: 7 }) } },
      /job\(\) of charge: the manifest already has its queue, priority\./,
    ],
    [
      'other options than unique, if unique.by is a function',
      option,
      { jobs: { InviteJob: job<InviteJob>({ queue: 'default' }) } },
      /job\(\) of InviteJob: the manifest already has its queue\./,
    ],
    [
      'a missing function of unique.by',
      option,
      { jobs: { InviteJob: job<InviteJob>() } },
      /InviteJob: its unique.by is a function/,
    ],
    [
      'actions that are in the manifest',
      option,
      { mailers: { 'account.mails': mailer<AccountMailer>({ actions: ['welcome'] }) } },
      /mailer\(\) of account.mails: the manifest already has its actions/,
    ],
    ['queues that are in the manifest', option, { queues: ['default'] }, /queues and a manifest/],
    ...[7, [], {}, { ...expected, queues: [1] }, { ...expected, jobs: { A: 1 } }].map(
      (manifest): [string, string, object, RegExp] => [
        'what is not a manifest',
        option,
        { manifest },
        /is not a manifest/,
      ],
    ),
    [
      'an unknown option in the manifest',
      option,
      withCleanJob({ queue: 'default', retries: 1 }),
      /"retries" of job\(\) of CleanJob/,
    ],
    [
      'an undeclared queue in the manifest',
      'FLEDGE_QUEUE_UNDECLARED',
      withCleanJob({ queue: 'x' }),
      /CleanJob.*"x"/,
    ],
    [
      'a unique.by that is not a list',
      option,
      withCleanJob({ queue: 'default', unique: { by: 'id' } }),
      /job\(\) of CleanJob: unique.by is 'id'/,
    ],
    [
      'actions that are not a list',
      option,
      { manifest: { ...expected, mailers: { 'account.mails': { actions: 'welcome' } } } },
      /actions of account.mails are not a list/,
    ],
  ])('refuses %s with %s', (_, code, options, message) => {
    const create = (): unknown => clientOf({ url: 'redis://127.0.0.1', ...options });
    expect(create).toThrow(message);
    expect(create).toThrow(expect.objectContaining({ code }) as Error);
  });
});
