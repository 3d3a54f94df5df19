import { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import {
  Job,
  JobsInspector,
  type EnqueueCall,
  type EnqueueMiddleware,
  type JobReceipt,
  type JobsOptions,
} from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { widthOf } from '../../src/cli/shell/text.js';
import { Store } from '../../src/jobs/store/store.js';
import type { Beat } from '../../src/jobs/store/fleet.js';
import type { CatalogJob, JobCatalog } from '../../src/jobs/store/job-catalog.js';
import { fledge as fledgeProcess, fledgeOn } from '../support/fledge-command.js';
import { hookedProxy } from '../support/hooked-proxy.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

@Job({
  queue: 'billing',
  attempts: 3,
  priority: 5,
  unique: { by: ['orderId'], for: '1d' },
  aliases: ['OldCharge'],
})
class ChargeJob {
  async perform(_payload: { orderId: number; note?: string }): Promise<void> {}
}

@Job({ retryFor: '2d' })
class SyncJob {
  async perform(): Promise<void> {}
}

@Job({ unique: { by: ({ customer }: { customer: string }) => customer.toLowerCase() } })
class ExportJob {
  async perform(_payload: { customer: string }): Promise<void> {}
}

@Mailer()
class UserMailer {
  async welcome(_payload: { userId: number }): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Welcome', text: 'Hello.' };
  }
}

interface Shop extends JobsApp {
  readonly url: string;
  readonly inspector: JobsInspector;
  readonly store: Store;
  /** Runs `fledge enqueue` with `--json`, and returns the receipt. */
  readonly enqueue: (...args: string[]) => Promise<Receipt>;
}

interface Receipt extends Omit<JobReceipt, 'duplicateOf'> {
  readonly subject: string | null;
  readonly duplicateOf: string | null;
  readonly dueAt: string | null;
  readonly notes: string[];
}

/** An application. Its worker is alive, but does not take the jobs that a test enqueues with a delay. */
async function shop(options: JobsOptions = {}, url = privateUrl(inject('redisUrl'))): Promise<Shop> {
  const app = await jobsApp(
    { url, queues: { default: {}, billing: {}, mailers: {} }, ...options },
    [ChargeJob, SyncJob, ExportJob, UserMailer],
    [MailersModule.forRoot({ from: 'shop@example.test', transport: 'memory:' })],
  );
  const inspector = app.app.get(JobsInspector);
  await app.worker.start();
  await until('the heartbeat is stored', async () => (await inspector.processes()).length > 0);
  const enqueue = async (...args: string[]): Promise<Receipt> => {
    const { code, out, err } = await fledgeOn({}, ['enqueue', ...args, url, '--json']);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    return JSON.parse(out) as Receipt;
  };
  return { ...app, url, inspector, store: app.app.get(Store), enqueue };
}

/** A live worker process that another build may have started. */
async function otherWorker(
  { store }: Pick<Shop, 'store'>,
  job: CatalogJob | undefined,
  started: number,
): Promise<string> {
  const id = `vm:${started}:other`;
  const catalog: JobCatalog = {
    queues: ['default', 'billing'],
    payloadLimit: { warn: 100, refuse: 1_000 },
    enqueueMiddleware: [],
    jobs: job ? [job] : [],
  };
  const text = JSON.stringify(catalog);
  const stored = { id: createHash('sha256').update(text).digest('base64url'), text };
  const beat: Beat = {
    id,
    host: 'vm',
    pid: 1,
    version: '0.1.0',
    startedAt: Date.now() + started,
    state: 'running',
    queues: [{ name: 'default', concurrency: 1 }],
    jobs: ['ChargeJob', 'LaterJob'],
    ...(job && { catalog: stored.id }),
    concurrency: 1,
    busy: 0,
    running: [],
    rss: 1,
    loopDelay: 0,
    roundTrip: 0,
  };
  await store.fleet.beat(beat, job && stored);
  return id;
}

const failing = async (...args: string[]): Promise<{ code: number; err: string }> => {
  const { code, out, err } = await fledgeOn({}, ['enqueue', ...args]);
  expect({ args, out }).toEqual({ args, out: '' });
  return { code, err };
};

describe('fledge enqueue', () => {
  it('enqueues as JobsService does, with the queue, attempts, priority and unique key of the class', async () => {
    const { jobs, inspector, enqueue } = await shop();
    const receipt = await enqueue('ChargeJob', '{"orderId": 1, "note": "é漢"}', '--in', '1h');
    expect(receipt).toEqual({
      id: expect.any(String) as string,
      name: 'ChargeJob',
      subject: null,
      queue: 'billing',
      status: 'enqueued',
      duplicateOf: null,
      dueAt: expect.stringMatching(/Z$/) as string,
      notes: [],
    });
    const { id } = await jobs.enqueue(ChargeJob, { orderId: 2, note: 'é漢' }, { delay: '1h' });
    const stored = async (which: string): Promise<object> => {
      const { id: _, payload, enqueuedAt, dueAt, ...facts } = (await inspector.find(which))!;
      expect(dueAt!.getTime() - enqueuedAt!.getTime()).toBe(3_600_000);
      return { ...facts, payload: { ...(payload as object), orderId: 0 } };
    };
    expect(await stored(receipt.id)).toEqual(await stored(id));
    expect(await inspector.find(receipt.id)).toMatchObject({ attempts: 3, priority: 5 });
    // Both make the same unique keys.
    expect(await jobs.enqueue(ChargeJob, { orderId: 1 })).toMatchObject({
      status: 'duplicate',
      duplicateOf: receipt.id,
    });
    expect(await enqueue('ChargeJob', '{"orderId": 2}')).toMatchObject({
      status: 'duplicate',
      duplicateOf: id,
      dueAt: null,
    });
    expect(await enqueue('ChargeJob', '{"orderId": 2}', '--not-unique', '--in', '1h')).toMatchObject({
      status: 'enqueued',
    });
  });

  it('leaves the attempts of a class with retryFor to the class', async () => {
    const { jobs, inspector, enqueue } = await shop();
    const { id } = await enqueue('SyncJob', '--in', '1h');
    const own = await jobs.enqueue(SyncJob, undefined, { delay: '1h' });
    for (const which of [id, own.id])
      expect(await inspector.find(which)).toMatchObject({ attempts: Infinity });
    expect(await inspector.find(id)).not.toHaveProperty('payload');
  });

  it('runs at once without --in, and takes options for one job', async () => {
    const { event, inspector, enqueue } = await shop();
    const { id } = await enqueue('SyncJob');
    await event('finished', (one) => one.id === id);
    const later = await enqueue(
      'SyncJob',
      '--queue',
      'billing',
      '--attempts',
      '7',
      '--priority',
      '9',
      '--at',
      '2035-01-02T03:04Z',
    );
    expect(later).toMatchObject({ queue: 'billing', dueAt: '2035-01-02T03:04:00.000Z' });
    expect(await inspector.find(later.id)).toMatchObject({
      queue: 'billing',
      attempts: 7,
      priority: 9,
    });
    // The delay is computed before the job reaches the store.
    const { dueAt } = (await inspector.find(later.id))!;
    expect(dueAt!.getTime()).toBeGreaterThanOrEqual(Date.UTC(2035, 0, 2, 3, 4));
    const past = await enqueue('SyncJob', '--at', '2020-01-02T03:04Z');
    expect(past.notes).toEqual(['The time of --at has passed, so the job is due at once.']);
    // A repetition with the same id.
    expect(await enqueue('SyncJob', '--in', '1h', '--id', later.id, '--queue', 'billing')).toMatchObject({
      id: later.id,
      status: 'duplicate',
      duplicateOf: later.id,
    });
  });

  it('enqueues a mail by its mailer and action', async () => {
    const { app, inspector, enqueue, url } = await shop();
    const receipt = await enqueue('UserMailer.welcome', '{"userId": 17}', '--in', '1h');
    expect(receipt).toMatchObject({ name: 'DeliverMail', subject: 'UserMailer.welcome', queue: 'mailers' });
    const own = await app
      .get(MailersService)
      .for(UserMailer)
      .welcome({ userId: 17 })
      .deliverLater({ delay: '1h' });
    const [mine, theirs] = [await inspector.find(receipt.id), await inspector.find(own.id)];
    expect(mine).toEqual({
      ...theirs,
      id: receipt.id,
      enqueuedAt: expect.any(Date) as Date,
      dueAt: expect.any(Date) as Date,
    });
    const { code, err } = await failing('DeliverMail', '{}', url);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('Use one of UserMailer.welcome.') as string,
    });
  });

  it('reads the payload from the standard input', async () => {
    const { inspector, url } = await shop();
    const piped = async (input: string | Uint8Array): Promise<{ code: number; out: string; err: string }> =>
      fledgeOn({ input }, ['enqueue', 'ChargeJob', '-', '--in', '1h', '--json', url]);
    const { id } = JSON.parse((await piped('{\n  "orderId": 3\n}\n')).out) as Receipt;
    expect(await inspector.find(id)).toMatchObject({ payload: { orderId: 3 } });
    expect(JSON.parse((await piped('{\n  "orderId": x\n}')).err)).toEqual({
      error: {
        code: 'FLEDGE_COMMAND_INVALID',
        message:
          'The standard input is not valid JSON: line 2, column 14: found "x". Write a value, and text in double quotes.',
      },
    });
    expect(await piped(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({
      code: 2,
      err: expect.stringContaining('not UTF-8') as string,
    });
  });

  it('finds a class by a former name', async () => {
    const { enqueue } = await shop();
    expect(await enqueue('OldCharge', '{"orderId": 4}', '--in', '1h')).toMatchObject({
      name: 'ChargeJob',
      notes: ['OldCharge is a former name. The job is stored as ChargeJob.'],
    });
  });

  it('asks for the key of a class that is unique by a function', async () => {
    const { jobs, enqueue, url } = await shop();
    const call = ['ExportJob', '{"customer": "ACME"}', '--in', '1h'];
    const refused = await failing(...call, url);
    expect(refused).toEqual({
      code: 2,
      err: expect.stringContaining('ExportJob is unique by a function') as string,
    });
    const { id } = await enqueue(...call, '--unique-key', '"acme"');
    expect(await jobs.enqueue(ExportJob, { customer: 'Acme' })).toMatchObject({
      status: 'duplicate',
      duplicateOf: id,
    });
    expect(await enqueue(...call, '--not-unique')).toMatchObject({ status: 'enqueued' });
    expect((await failing(...call, url, '--unique-key', 'acme')).err).toContain(
      '--unique-key is not valid JSON: line 1, column 1',
    );
    expect((await failing('SyncJob', url, '--unique-key', '1')).err).toContain('because it is not unique');
    expect((await failing('ChargeJob', '{"orderId":1}', url, '--unique-key', '1')).err).toContain(
      'has no effect on ChargeJob',
    );
  });

  it('refuses to leave out enqueue middleware silently', async () => {
    class Stamp implements EnqueueMiddleware {
      async handle(call: EnqueueCall, next: () => Promise<JobReceipt | void>): Promise<JobReceipt | void> {
        call.meta.tenant = 'acme';
        return next();
      }
    }
    const { enqueue, inspector, url } = await shop({ enqueueMiddleware: [new Stamp()] });
    const { code, err } = await failing('SyncJob', url);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('which cannot run here: Stamp.') as string,
    });
    const { id } = await enqueue('SyncJob', '--without-middleware', '--in', '1h');
    expect(await inspector.find(id)).toMatchObject({ meta: {} });
  });

  it('makes the checks of the application: queues, limits and unsafe payloads', async () => {
    const { url, enqueue } = await shop({ payloadLimit: { warn: 40, refuse: 60 } });
    const error = async (...args: string[]): Promise<string> => {
      const { code, err } = await failing(...args, url);
      expect({ args, code }).toEqual({ args, code: 1 });
      return err;
    };
    expect(await error('SyncJob', '--queue', 'biling')).toMatch(
      /Did you mean "billing"\?.* \[FLEDGE_QUEUE_UNDECLARED\]/s,
    );
    expect(await error('SyncJob', JSON.stringify('x'.repeat(60)))).toContain('[FLEDGE_PAYLOAD_TOO_LARGE]');
    expect(await error('SyncJob', '{"__proto__": 1}')).toContain('[FLEDGE_PAYLOAD_INVALID]');
    expect((await enqueue('SyncJob', JSON.stringify('x'.repeat(45)))).notes).toEqual([
      expect.stringContaining('was enqueued with a payload of 47 bytes'),
    ]);
    expect((await failing('ChargeJob', '{"id": 1}', url)).err).toContain('unique by "orderId"');
  });
});

describe('without a sound report', () => {
  it('refuses if no worker is alive, and suggests the name of an unknown job', async () => {
    const url = privateUrl(inject('redisUrl'));
    expect(await failing('ChargeJob', '{}', url)).toEqual({
      code: 1,
      err: expect.stringMatching(/no worker process is alive.*\[FLEDGE_JOB_UNREPORTED\]/s) as string,
    });
    await shop({}, url);
    expect(await failing('ChargJob', '{}', url)).toEqual({
      code: 1,
      err: expect.stringMatching(
        /name "ChargJob"\. Did you mean "ChargeJob"\? Use one of .*UserMailer\.welcome.* \[FLEDGE_JOB_UNREPORTED\]/s,
      ) as string,
    });
    expect((await failing('UserMailer.wellcome', '{}', url)).err).toContain(
      'Did you mean "UserMailer.welcome"?',
    );
    expect((await failing('secret@host', '{}', url)).err).not.toContain('secret');
  });

  it('refuses if the worker is gone, or has left no record of its options', async () => {
    const own = await shop();
    await otherWorker(own, undefined, 5_000);
    expect((await failing('LaterJob', own.url)).err).toContain(
      'the worker vm:5000:other knows LaterJob, but the store has no record of its options',
    );
    await own.worker.stop();
    expect((await failing('SyncJob', own.url)).err).toContain('no live worker has a job or mail');
  });

  it('takes the options of the worker that started last, and refuses two queues', async () => {
    const own = await shop();
    const newer = { name: 'ChargeJob', queue: 'billing', attempts: 9 };
    const id = await otherWorker(own, newer, 60_000);
    const receipt = await own.enqueue('ChargeJob', '{"orderId": 5}', '--in', '1h');
    expect(receipt.notes).toEqual([
      `Live workers report different options for ChargeJob, as during a deploy. The options are those of ${id}, which started last.`,
    ]);
    expect(await own.inspector.find(receipt.id)).toMatchObject({ attempts: 9 });
    await otherWorker(own, { ...newer, queue: 'default' }, 60_000);
    const { code, err } = await failing('ChargeJob', '{"orderId": 5}', own.url);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /default \(vm:60000:other\) and billing \(.*\[FLEDGE_REPORTS_DIFFER\]/s,
      ) as string,
    });
    const chosen = await own.enqueue('ChargeJob', '{"orderId": 6}', '--in', '1h', '--queue', 'billing');
    expect(chosen).toMatchObject({ queue: 'billing', status: 'enqueued' });
  });

  it('says that no worker serves the queue', async () => {
    const own = await shop();
    await own.worker.stop();
    await otherWorker(own, { name: 'ChargeJob', queue: 'billing', attempts: 1 }, 0);
    expect((await own.enqueue('ChargeJob', '{}', '--in', '1h')).notes).toEqual([
      'No running worker serves the queue billing. The job waits until one does.',
    ]);
  });

  it('names the pauses that hold the job back', async () => {
    const own = await shop();
    await own.inspector.pauseQueue('billing');
    await own.inspector.pauseJob('ChargeJob');
    await own.inspector.pauseJob('UserMailer');
    expect((await own.enqueue('OldCharge', '{"orderId": 7}', '--in', '1h')).notes).toEqual([
      'OldCharge is a former name. The job is stored as ChargeJob.',
      'The queue billing is paused. To resume it, run fledge resume queue billing.',
      'Jobs of ChargeJob are paused. To resume them, run fledge resume job ChargeJob.',
    ]);
    expect((await own.enqueue('UserMailer.welcome', '{"userId": 1}', '--in', '1h')).notes).toEqual([
      'Jobs of UserMailer are paused. To resume them, run fledge resume job UserMailer.',
    ]);
    expect((await own.enqueue('SyncJob', '--in', '1h')).notes).toEqual([]);
  });
});

describe('the record of job options', () => {
  it('is written once, is not a part of the heartbeat, and comes back when it was lost', async () => {
    const own = await shop();
    const { searchParams, port } = new URL(own.url);
    const client = new Redis({ port: Number(port) });
    onTestFinished(() => client.disconnect());
    const prefix = `{${searchParams.get('prefix')}}`;
    const [{ catalog, ...beat } = expect.fail('no beat')] = await own.store.fleet.members();
    const key = `${prefix}:$catalog:${catalog}`;
    expect(JSON.parse((await client.get(key)) ?? '')).toMatchObject({
      queues: ['default', 'billing', 'mailers'],
    });
    expect(await client.ttl(key)).toBeGreaterThan(23 * 3_600);
    expect(await client.hget(`${prefix}:$fleet`, beat.id)).not.toContain('orderId');
    const stored = { id: catalog!, text: '{"new": true}' };
    const again = (): Promise<void> => own.store.fleet.beat({ ...beat, catalog: stored.id }, stored);
    // The store has this process's catalog, so it is not sent again.
    await again();
    expect(await client.get(key)).not.toBe(stored.text);
    await client.del(key);
    await again();
    expect(await client.get(key)).toBe(stored.text);
    await client.del(key);
    await client.sadd(key, 'of another program');
    expect(await own.store.fleet.catalog(stored.id)).toBeUndefined();
  });
});

describe('the command line', () => {
  it.each([
    [[], 'Missing argument: the name of a job'],
    [['redis://u:secret@host'], 'Missing argument: the name of a job'],
    [['SyncJob', '{}'], 'No store is configured: JOBS_URL is not set'],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', 'more'], 'Too many arguments'],
    [['SyncJob', '{id: 1}', 'redis://127.0.0.1:1'], 'The payload is not valid JSON: line 1, column 2'],
    [
      ['SyncJob', '{}', 'redis://127.0.0.1:1', '--in', '10 minutes'],
      '--in is "10 minutes", which is not a duration',
    ],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', '--at', 'tomorrow'], '--at is not a valid time'],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', '--at', '2035-02-30T10:00Z'], '--at is not a valid time'],
    [
      ['SyncJob', '{}', 'redis://127.0.0.1:1', '--in', '1h', '--at', '2035-01-01T10:00Z'],
      'exclude each other',
    ],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', '--attempts', '0'], '--attempts is not a valid number'],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', '--priority', 'high'], '--priority is not a valid number'],
    [['SyncJob', '{}', 'redis://127.0.0.1:1', '--queue', ''], '--queue is empty'],
  ])('%j is refused: %s', async (args, message) => {
    const { code, err } = await failing(...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
    expect(err).not.toContain('secret');
  });

  it.each([60, 80, 160])('prints sentences on %d columns', async (width) => {
    const own = await shop();
    const show = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await fledgeOn({ width }, ['enqueue', ...args, own.url]);
      const lines = out.split('\n');
      expect({ code, err, tooLong: lines.filter((line) => widthOf(line) > width) }).toEqual({
        code: 0,
        err: '',
        tooLong: [],
      });
      expect(out).not.toContain('\u001b');
      return lines.map((line) => line.trim()).join(' ');
    };
    const id = '[0-9a-f-]{36}';
    const first = await show('ChargeJob', '{"orderId": 1}', '--in', '10m');
    expect(first).toMatch(new RegExp(`^ChargeJob ${id} is enqueued on billing, due in 10 min\\.$`));
    expect(await show('OldCharge', '{"orderId": 1}')).toMatch(
      new RegExp(
        `^ChargeJob was not enqueued again, because the job ${id} has the same unique key\\. OldCharge is a former name\\. The job is stored as ChargeJob\\.$`,
      ),
    );
    expect(await show('UserMailer.welcome', '{"userId": 1}')).toMatch(
      new RegExp(`^UserMailer\\.welcome ${id} is enqueued on mailers\\.$`),
    );
  });

  it('works as a process, with a payload from a pipe and JOBS_URL', async () => {
    const { url } = await shop();
    const { code, output } = await fledgeProcess(['enqueue', 'ChargeJob', '{"orderId": 9}', '--in', '1h'], {
      JOBS_URL: url,
    });
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('is enqueued on billing, due in 1 h.') as string,
    });
  });

  it('says how to repeat an enqueue whose result is unknown', async () => {
    const redis = await ownRedis();
    const own = await shop({}, redis.url);
    // The answer to the add is lost.
    const port = await hookedProxy(redis.port, { muteAt: '"needle"' });
    const { code, err } = await failing('SyncJob', '"needle"', `redis://127.0.0.1:${port}`);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /Repeat the command with --id [0-9a-f-]{36}, so that .*\[FLEDGE_STORE_TIMEOUT\]/s,
      ) as string,
    });
    const [, id = ''] = /--id ([0-9a-f-]{36})/.exec(err) ?? [];
    await until('the job is there', async () => own.inspector.find(id));
    expect(await own.enqueue('SyncJob', '--id', id)).toMatchObject({ id, status: 'duplicate' });
  });
});
