import { JobsInspector } from 'nestjs-fledge';
import { MailersModule, MailersService } from 'nestjs-fledge/mailers';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import {
  createJobsClient,
  job,
  mailer,
  type JobEvent,
  type JobReceipt,
  type JobsClientOptions,
} from '../../src/client/index.js';
import { MailCatcher } from '../../src/demo/mail-catcher.js';
import { ChargeJob, ExportJob, AccountMailer } from '../support/client-classes.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { startedWorker } from '../support/worker-process.js';

const classes = {
  jobs: {
    ChargeJob: job<ChargeJob>({ queue: 'billing' }),
    ExportJob: job<ExportJob>({ unique: { by: ['customer'] }, aliases: ['OldExportJob'] }),
  },
  mailers: { AccountMailer: mailer<AccountMailer>({ actions: ['welcome'] }) },
};

type Options = Omit<JobsClientOptions<never, never>, 'jobs' | 'mailers'>;

function clientOf(options: Options) {
  const client = createJobsClient({ ...classes, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** The application as a web process, to compare with and to look into the store. */
async function applicationAt(url: string): Promise<JobsApp & { inspector: JobsInspector }> {
  const queues = { default: {}, billing: {}, mailers: {} };
  const module = MailersModule.forRoot({ transport: 'memory:', from: 'hello@acme.test' });
  const app = await jobsApp({ url, queues }, [ChargeJob, ExportJob, AccountMailer], [module]);
  return { ...app, inspector: app.app.get(JobsInspector) };
}

const newUrl = (): string => privateUrl(inject('redisUrl'));

describe('a worker process of the application', () => {
  it('runs jobs from the client, with the attempts of the class', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const worker = await startedWorker({ url, entry: 'client-worker.mjs' });
    const receipt = await jobs.enqueue('ChargeJob', { orderId: 'o-1' });
    expect(receipt).toMatchObject({ name: 'ChargeJob', queue: 'billing', status: 'enqueued' });
    await worker.waitFor(/charging o-1, attempt 1 of 2/);
    const { id } = await jobs.enqueue('ChargeJob', { orderId: 'declined' });
    const { inspector } = await applicationAt(url);
    await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
    expect(worker.lines.join('\n')).toContain('charging declined, attempt 2 of 2');
    expect(worker.lines.join('\n')).not.toContain('attempt 3');
  });

  it('runs bulk jobs, with the attempts and delays of each call', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const worker = await startedWorker({ url, entry: 'client-worker.mjs' });
    function* orders(): Generator<{ orderId: string }> {
      const order = { orderId: '' };
      for (let i = 1; i <= 600; i++) yield Object.assign(order, { orderId: `bulk-${i}` });
    }
    const receipts = await jobs.enqueueAll('ChargeJob', orders(), (_, index) =>
      index === 599 ? { attempts: 7, delay: 10 } : {},
    );
    expect(receipts).toHaveLength(600);
    expect(new Set(receipts.map(({ id }) => id)).size).toBe(600);
    await worker.waitFor(/charging bulk-1, attempt 1 of 2/);
    await worker.waitFor(/charging bulk-600, attempt 1 of 7/);
  });

  it('aborts a running job that the client cancels', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const worker = await startedWorker({ url, entry: 'client-worker.mjs' });
    const receipt = await jobs.enqueue('ExportJob', { customer: 'acme' });
    await worker.waitFor(/ExportJob.* started/);
    expect(await jobs.cancel(receipt, { reason: 'the user left' })).toEqual({ removed: 0, signalled: 1 });
    await worker.waitFor(/cancelled.*the user left/);
    const again = (): Promise<JobReceipt> => jobs.enqueue('ExportJob', { customer: 'acme' });
    await until('it is over', async () => (await again()).status === 'enqueued');
    await until('it runs', async () => (await jobs.cancelAll('ExportJob')).signalled === 1);
  });

  it('sends mails from the client', async () => {
    const url = newUrl();
    const mails = new MailCatcher();
    const smtp = await mails.start();
    onTestFinished(() => mails.stop());
    await startedWorker({ url, entry: 'client-worker.mjs', env: { SMTP_URL: smtp } });
    const { welcome } = clientOf({ url }).mail('AccountMailer');
    const receipt = await welcome({ email: 'ada@example.test' }).deliverLater();
    expect(receipt).toMatchObject({ queue: 'mailers', status: 'enqueued' });
    await welcome.deliverAllLater([{ email: 'bob@example.test' }, { email: 'eve@example.test' }]);
    await until('all mails are there', () => mails.mails.length === 3);
    expect(mails.mails.map(({ subject }) => subject)).toEqual(['Welcome', 'Welcome', 'Welcome']);
    const recipients = mails.mails.flatMap(({ to }) => to?.map(({ address }) => address));
    expect(new Set(recipients)).toEqual(
      new Set(['ada@example.test', 'bob@example.test', 'eve@example.test']),
    );
  });
});

describe('the jobs of the client and of the application', () => {
  it('have the same unique key', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const app = await applicationAt(url);
    const first = await app.jobs.enqueue(ExportJob, { customer: 'acme', page: 1 });
    expect(await jobs.enqueue('ExportJob', { customer: 'acme', page: 2 })).toMatchObject({
      status: 'duplicate',
      duplicateOf: first.id,
    });
    const second = await jobs.enqueue('ExportJob', { customer: 'beta' });
    expect(await app.jobs.enqueue(ExportJob, { customer: 'beta' })).toMatchObject({
      status: 'duplicate',
      duplicateOf: second.id,
    });
    const unlimited = await jobs.enqueue('ExportJob', { customer: 'beta' }, { unique: false });
    expect(unlimited.status).toBe('enqueued');
  });

  it('have the same unique key if they are mails', async () => {
    const url = newUrl();
    const { welcome } = clientOf({ url }).mail('AccountMailer');
    const app = (await applicationAt(url)).app.get(MailersService).for(AccountMailer);
    const options = { unique: { by: ['email'] as const } };
    const first = await app.welcome({ email: 'ada@example.test' }).deliverLater(options);
    expect(await welcome({ email: 'ada@example.test' }).deliverLater(options)).toMatchObject({
      status: 'duplicate',
      duplicateOf: first.id,
    });
  });

  it('are stored in the same form', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const app = await applicationAt(url);
    const options = { delay: '1h', priority: 3, attempts: 4, timeout: '5s', backoff: '2s' } as const;
    const [own, other] = [
      await jobs.enqueue('ChargeJob', { orderId: 'x' }, options),
      await app.jobs.enqueue(ChargeJob, { orderId: 'x' }, options),
    ];
    const record = async (id: string): Promise<object> => {
      const {
        id: _id,
        enqueuedAt: _at,
        dueAt: _due,
        ...others
      } = (await app.inspector.find(id)) as unknown as Record<string, unknown>;
      return others;
    };
    expect(await record(own.id)).toEqual(await record(other.id));
  });

  it('are cancelled by the client, by id and by class, also under a former name', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const app = await applicationAt(url);
    const { id } = await app.jobs.enqueue(ChargeJob, { orderId: 'x' }, { delay: '1h' });
    expect(await jobs.cancel(id)).toEqual({ removed: 1, signalled: 0 });
    expect(await app.inspector.find(id)).toBeUndefined();
    expect(await jobs.cancel(id)).toEqual({ removed: 0, signalled: 0 });
    await jobs.enqueue('ExportJob', { customer: 'a' }, { delay: '1h' });
    await using old = createJobsClient({ url, jobs: { OldExportJob: job<ExportJob>() } });
    await old.enqueue('OldExportJob', { customer: 'b' });
    await jobs.enqueue('ChargeJob', { orderId: 'stays' });
    expect(await jobs.cancelAll('ExportJob')).toEqual({ removed: 2, signalled: 0 });
  });

  it('are below the same prefix, which an option or JOBS_PREFIX sets', async () => {
    const redis = await ownRedis();
    const url = `redis://127.0.0.1:${redis.port}`;
    const app = await jobsApp({ url, prefix: 'acme', queues: { billing: {} } }, [ChargeJob]);
    const { id } = await clientOf({ url, prefix: 'acme' }).enqueue('ChargeJob', { orderId: 'x' });
    expect(await app.app.get(JobsInspector).find(id)).toMatchObject({ name: 'ChargeJob' });
    vi.stubEnv('JOBS_PREFIX', 'acme');
    vi.stubEnv('JOBS_URL', url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { id: other } = await clientOf({}).enqueue('ChargeJob', { orderId: 'x' });
    expect(await app.app.get(JobsInspector).find(other)).toMatchObject({ name: 'ChargeJob' });
  });
});

describe('the client refuses', () => {
  const anything = (): never => ({ ...classes, url: newUrl() }) as never;

  it.each<[object, string, RegExp]>([
    [{ jbos: {} }, 'FLEDGE_OPTION_INVALID', /"jbos" of createJobsClient.*"jobs"/],
    [{ redis: { tsl: {} } }, 'FLEDGE_OPTION_INVALID', /"tsl" of redis of createJobsClient/],
    [{ redis: { host: 'h' } }, 'FLEDGE_OPTION_INVALID', /redis.host of createJobsClient/],
    [{ queues: [] }, 'FLEDGE_QUEUE_UNDECLARED', /Unknown queue "billing"/],
    [{ queues: ['billing', 'defualt'] }, 'FLEDGE_QUEUE_UNDECLARED', /job\(\) of ExportJob: .*"defualt"/],
    [
      { jobs: { A: job<ChargeJob>({ attempts: 3 } as never) } },
      'FLEDGE_OPTION_INVALID',
      /"attempts" of job\(\) of A/,
    ],
    [
      { jobs: { A: job<ChargeJob>({ priority: 0 }) } },
      'FLEDGE_OPTION_INVALID',
      /job\(\) of A: priority is 0/,
    ],
    [
      { jobs: { A: job<ChargeJob>({ unique: { by: [] } }) } },
      'FLEDGE_OPTION_INVALID',
      /job\(\) of A: unique.by/,
    ],
    [{ jobs: { 'a b': job<ChargeJob>() } }, 'FLEDGE_JOB_NAME_INVALID', /"a b"/],
    [
      { mailers: { A: mailer<AccountMailer>({ action: [] } as never) } },
      'FLEDGE_OPTION_INVALID',
      /"action" of mailer\(\) of A/,
    ],
    [{ payloadLimit: { refuse: 0 } }, 'FLEDGE_OPTION_INVALID', /payloadLimit.refuse/],
  ])('%j when it is created', (options, code, message) => {
    const create = (): unknown => createJobsClient({ ...(anything() as object), ...options });
    expect(create).toThrow(message);
    expect(create).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('what JobsService refuses, with the same codes', async () => {
    const jobs = clientOf({ url: newUrl(), payloadLimit: { refuse: 100 } });
    const order = { orderId: 'x' };
    const refusals: [() => Promise<unknown>, string][] = [
      [() => jobs.enqueue('ChargeJbo' as 'ChargeJob', order), 'FLEDGE_JOB_NOT_REGISTERED'],
      [() => jobs.enqueue('ChargeJob', { orderId: new Map() } as never), 'FLEDGE_PAYLOAD_INVALID'],
      [() => jobs.enqueue('ChargeJob', { orderId: 'x'.repeat(100) }), 'FLEDGE_PAYLOAD_TOO_LARGE'],
      [() => jobs.enqueue('ChargeJob', order, { queue: 'biling' }), 'FLEDGE_QUEUE_UNDECLARED'],
      [() => jobs.enqueue('ChargeJob', order, { dealy: 1 } as never), 'FLEDGE_OPTION_INVALID'],
      [() => jobs.enqueue('ChargeJob', order, { id: 'mine' }), 'FLEDGE_OPTION_INVALID'],
      [() => jobs.enqueueAll('ChargeJob', [order], { id: 'x' } as never), 'FLEDGE_OPTION_INVALID'],
      [() => jobs.enqueueAll('ChargeJob', [order, { orderId: 'x'.repeat(100) }]), 'FLEDGE_BULK_INCOMPLETE'],
      [() => jobs.cancel(7 as never), 'FLEDGE_OPTION_INVALID'],
      [() => jobs.cancelAll('Charge' as 'ChargeJob'), 'FLEDGE_JOB_NOT_REGISTERED'],
    ];
    for (const [refusal, code] of refusals) await expect(refusal(), code).rejects.toMatchObject({ code });
    expect(() => jobs.mail('AcountMailer' as 'AccountMailer')).toThrow(
      expect.objectContaining({ code: 'FLEDGE_MAILER_NOT_REGISTERED' }) as Error,
    );
    const { wlecome } = jobs.mail('AccountMailer') as never as Record<string, (payload: object) => unknown>;
    expect(() => wlecome!({})).toThrow(
      expect.objectContaining({ code: 'FLEDGE_MAILER_ACTION_UNKNOWN' }) as Error,
    );
  });

  it.each([undefined, '', 'memory:'])(
    'calls with the url %j, because no worker would see the jobs',
    async (url) => {
      vi.stubEnv('JOBS_URL', '');
      onTestFinished(() => void vi.unstubAllEnvs());
      const jobs = clientOf({ url });
      const calls = [
        () => jobs.enqueue('ChargeJob', { orderId: 'x' }),
        () => jobs.enqueueAll('ChargeJob', []),
        () => jobs.mail('AccountMailer').welcome({ email: 'a@example.test' }).deliverLater(),
        () => jobs.mail('AccountMailer').welcome.deliverAllLater([]),
        () => jobs.cancel('01900000-0000-7000-8000-000000000000'),
        () => jobs.cancelAll('ChargeJob'),
      ];
      for (const call of calls)
        await expect(call()).rejects.toMatchObject({ code: 'FLEDGE_CLIENT_URL_MISSING' });
    },
  );

  it('calls to a server that is not there, and to one with a wrong URL', async () => {
    const order = { orderId: 'x' };
    const absent = clientOf({ url: 'redis://127.0.0.1:1' });
    await expect(absent.enqueue('ChargeJob', order)).rejects.toMatchObject({
      code: 'FLEDGE_STORE_UNREACHABLE',
      unavailable: true,
    });
    await expect(absent.cancelAll('ChargeJob')).rejects.toMatchObject({ code: 'FLEDGE_STORE_UNREACHABLE' });
    for (const url of ['http://127.0.0.1', 'redis://h:1/x'])
      await expect(clientOf({ url }).enqueue('ChargeJob', order)).rejects.toMatchObject({
        code: 'FLEDGE_STORE_URL_INVALID',
      });
  });

  it('calls after it is closed, and ends pending calls first', async () => {
    const url = newUrl();
    const jobs = clientOf({ url });
    const pending = jobs.enqueueAll(
      'ChargeJob',
      Array.from({ length: 1_200 }, (_, i) => ({ orderId: `${i}` })),
    );
    await jobs.close();
    expect((await pending).every(({ status }) => status === 'enqueued')).toBe(true);
    await expect(jobs.enqueue('ChargeJob', { orderId: 'x' })).rejects.toMatchObject({
      code: 'FLEDGE_STORE_CLOSED',
    });
    await jobs.close();
  });
});

describe('the events of the client', () => {
  it('go to onEvent', async () => {
    const events: JobEvent[] = [];
    const onEvent = (event: JobEvent): void => void events.push(event);
    const jobs = clientOf({ url: newUrl(), payloadLimit: { warn: 10, refuse: 1_000 }, onEvent });
    await jobs.enqueue('ChargeJob', { orderId: 'long enough' });
    await jobs.mail('AccountMailer').welcome({ email: 'a' }).deliverLater();
    expect(events).toMatchObject([
      { type: 'warning', code: 'FLEDGE_PAYLOAD_LARGE' },
      { type: 'store-ready' },
      { type: 'enqueued', name: 'ChargeJob' },
      { type: 'warning', code: 'FLEDGE_PAYLOAD_LARGE' },
      { type: 'enqueued', subject: 'AccountMailer.welcome' },
    ]);
  });

  it('are process warnings by default, if they are warnings', async () => {
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const jobs = clientOf({ url: newUrl(), payloadLimit: { warn: 10, refuse: 1_000 } });
    await jobs.enqueue('ChargeJob', { orderId: 'long enough' });
    expect(await warned).toMatchObject({ name: 'FledgeWarning', code: 'FLEDGE_PAYLOAD_LARGE' });
  });
});

it('reads the payload inside the call', async () => {
  const url = newUrl();
  const jobs = clientOf({ url });
  const { inspector } = await applicationAt(url);
  const order = { orderId: 'first' };
  const pending = jobs.enqueue('ChargeJob', order);
  order.orderId = 'second';
  expect(await inspector.find((await pending).id)).toMatchObject({ payload: { orderId: 'first' } });
});
