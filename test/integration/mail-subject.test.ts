import { Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  Job,
  JobsInspector,
  JobsModule,
  type EnqueueMiddleware,
  type FailureHandler,
  type JobFailure,
  type JobMiddleware,
  type JobRecord,
  type JobsOptions,
} from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, MemoryTransport, type Mail } from 'nestjs-fledge/mailers';
import { testJobs } from 'nestjs-fledge/testing';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { wordsOf } from '../../src/jobs/observe/words/words-of.js';
import { fledgeHere as fledge } from '../support/fledge-command.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { mailApp, type MailApp } from '../support/mail-app.js';
import { until } from '../support/until.js';

async function broken(): Promise<Mail> {
  throw new Error('no template');
}

@Mailer()
class UserMailer {
  async hello(): Promise<Mail> {
    return broken();
  }

  async goodbye(): Promise<Mail> {
    return broken();
  }
}

@Mailer({ name: 'UserMailer' })
class OldUserMailer {
  async hello(): Promise<Mail> {
    return broken();
  }
}

/** Its name begins like the name of the other mailer. */
@Mailer()
class UserMailerTwo {
  async hello(): Promise<Mail> {
    return broken();
  }
}

/** A job that is not a mail, with a payload like one of a mail. */
@Job({ attempts: 1 })
class UserJob {
  async perform(_payload: { mailer: string; action: string }): Promise<void> {
    throw new Error('no user');
  }
}

const encrypting: EnqueueMiddleware = {
  handle: (call, next) => {
    call.payload = { text: btoa(JSON.stringify(call.payload)) };
    return next();
  },
};
const decrypting: JobMiddleware = {
  handle: (call, next) => {
    const { text } = call.payload as { text: string };
    Object.assign(call, { payload: JSON.parse(atob(text)) as unknown });
    return next();
  },
};

const encrypted: JobsOptions = { enqueueMiddleware: [encrypting], middleware: [decrypting] };

interface Dead extends MailApp {
  readonly inspector: JobsInspector;
  readonly failures: JobFailure[];
}

/** Creates an application with five dead jobs, of which three are mails of `UserMailer`. */
async function deadMails(url: string, options: JobsOptions): Promise<Dead> {
  const failures: JobFailure[] = [];
  const handler: FailureHandler = {
    onDeath(failure) {
      failures.push(failure);
      throw new Error('the handler failed');
    },
  };
  const providers = [UserMailer, UserMailerTwo, UserJob];
  const app = await mailApp({ policy: { attempts: 1 } }, providers, url, { ...options, handlers: [handler] });
  const inspector = app.app.get(JobsInspector);
  const { mailers, jobs } = app;
  await app.worker.start();
  await mailers.for(UserMailer).hello().deliverLater();
  await mailers.for(UserMailer).hello().deliverLater();
  await mailers.for(UserMailer).goodbye().deliverLater();
  await mailers.for(UserMailerTwo).hello().deliverLater();
  await jobs.enqueue(UserJob, { mailer: 'UserMailer', action: 'hello' });
  await until('all are dead', async () => (await inspector.jobs('dead')).jobs.length === 5);
  await app.worker.stop();
  return { ...app, inspector, failures };
}

const titles = (jobs: readonly JobRecord[]): string[] =>
  jobs.map(({ name, subject }) => subject ?? name).sort();

const filters: readonly [string, string[]][] = [
  ['DeliverMail', ['UserMailer.goodbye', 'UserMailer.hello', 'UserMailer.hello', 'UserMailerTwo.hello']],
  ['UserMailer', ['UserMailer.goodbye', 'UserMailer.hello', 'UserMailer.hello']],
  ['UserMailer.hello', ['UserMailer.hello', 'UserMailer.hello']],
  ['UserMailer.hell', []],
  ['UserMailerTwo', ['UserMailerTwo.hello']],
  ['UserJob', ['UserJob']],
  ['hello', []],
];

describe.each([
  ['memory', 'readable', {}],
  ['memory', 'encrypted', encrypted],
  ['redis', 'readable', {}],
  ['redis', 'encrypted', encrypted],
] as const)('on %s, with a payload that is %s', (kind, _, options) => {
  const url = (): string => (kind === 'memory' ? 'memory:' : privateUrl(inject('redisUrl')));

  it('lists, filters, retries and discards mails by their mailer and action', async () => {
    const { inspector } = await deadMails(url(), options);
    for (const [job, expected] of filters)
      expect(titles((await inspector.jobs('dead', { job })).jobs), job).toEqual(expected);
    const [one] = (await inspector.jobs('dead', { job: 'UserMailer.goodbye' })).jobs;
    expect(one).toMatchObject({ name: 'DeliverMail', subject: 'UserMailer.goodbye' });
    await expect(inspector.promote(one!.id)).rejects.toThrow(
      `UserMailer.goodbye ${one!.id} cannot be promoted`,
    );

    expect(await inspector.retryAll({ job: 'UserMailer.goodbye' })).toBe(1);
    expect(await inspector.find(one!.id)).toMatchObject({ state: 'waiting', subject: 'UserMailer.goodbye' });
    expect(await inspector.discardAll('dead', { job: 'UserMailer', error: 'nothing like it' })).toBe(0);
    expect(await inspector.discardAll('dead', { job: 'UserMailer' })).toBe(2);
    expect(titles((await inspector.jobs('dead')).jobs)).toEqual(['UserJob', 'UserMailerTwo.hello']);
    expect(await inspector.discardAll('dead', { job: 'DeliverMail' })).toBe(1);
    expect(titles((await inspector.jobs('dead')).jobs)).toEqual(['UserJob']);
  });

  it('names them in the log and to failure handlers', async () => {
    const { events, failures } = await deadMails(url(), options);
    const lines = events.map((event) => wordsOf(event).text);
    expect(lines).toContainEqual(
      expect.stringMatching(/^UserMailer\.goodbye \S+ failed after .* \(dead after/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/onDeath failed for UserMailer\.goodbye \S+: the handler/),
    );
    expect(lines.filter((line) => line.includes('DeliverMail'))).toEqual([]);
    expect(failures.map(({ job }) => job.subject ?? job.name).sort()).toEqual([
      'UserJob',
      'UserMailer.goodbye',
      'UserMailer.hello',
      'UserMailer.hello',
      'UserMailerTwo.hello',
    ]);
  });
});

describe('the command', () => {
  it.each([
    ['readable', {}],
    ['encrypted', encrypted],
  ])('names mails whose payload is %s, and filters by them', async (_, options) => {
    const url = privateUrl(inject('redisUrl'));
    const { inspector } = await deadMails(url, options);
    for (const [job, expected] of filters) {
      const { output } = await fledge(['dead', url, '--job', job, '--json']);
      expect(titles((JSON.parse(output) as { items: JobRecord[] }).items), job).toEqual(expected);
    }
    const [{ id }] = (await inspector.jobs('dead', { job: 'UserMailer.goodbye' })).jobs as [JobRecord];
    expect((await fledge(['dead', url])).output).toMatch(
      new RegExp(`${id}  UserMailer\\.goodbye +dead .* mailers`),
    );
    const shown = (await fledge(['job', id, url])).output;
    expect(shown).toContain(`UserMailer.goodbye ${id} is dead on mailers\n  job       DeliverMail\n`);
    expect((await fledge(['cancel', id, url])).output).toContain(
      `UserMailer.goodbye ${id} was not cancelled`,
    );

    const discard = (job: string) => fledge(['dead', 'discard', '--all', '--job', job, url]);
    expect((await discard('UserMailer.hello')).output).toBe('2 jobs are discarded.');
    expect((await discard('UserJob')).output).toBe('1 job is discarded.');
    const retry = await fledge(['dead', 'retry', '--all', '--job', 'UserMailer', url]);
    expect(retry.output).toBe('1 job is waiting again.');
    expect((await fledge(['dead', 'retry', id, url])).output).toContain(
      `UserMailer.goodbye ${id} is not dead`,
    );
    expect((await discard('DeliverMail')).output).toBe('1 job is discarded.');
  });
});

it('names mails that are enqueued together', async () => {
  const { mailers, jobs, event } = await mailApp({}, [UserMailer, UserJob]);
  await mailers.for(UserMailer).hello.deliverAllLater([undefined, undefined]);
  expect(wordsOf(await event('bulk-enqueued')).text).toBe('2 × UserMailer.hello enqueued on mailers');
  await jobs.enqueueAll(UserJob, [{ mailer: 'UserMailer', action: 'hello' }]);
  const other = await event('bulk-enqueued', ({ name }) => name === 'UserJob');
  expect(wordsOf(other).text).toBe('1 × UserJob enqueued on default');
});

it('parks an encrypted mail that this worker does not know', async () => {
  const url = privateUrl(inject('redisUrl'));
  const web = await mailApp({}, [UserMailer], url, encrypted);
  const worker = await mailApp({}, [OldUserMailer], url, encrypted);
  await worker.worker.start();
  await web.mailers.for(UserMailer).goodbye().deliverLater();
  expect(await worker.event('finished')).toMatchObject({
    subject: 'UserMailer.goodbye',
    outcome: { kind: 'snoozed', reason: { code: 'FLEDGE_JOB_UNKNOWN' } },
  });
});

it('the testing kit fails an encrypted mail by its mailer and action', async () => {
  @Module({
    imports: [
      JobsModule.forRoot(encrypted),
      MailersModule.forRoot({ from: 'hello@acme.test', transport: new MemoryTransport() }),
    ],
    providers: [UserMailer],
  })
  class AppModule {}
  const jobs = await testJobs(AppModule);
  onTestFinished(() => jobs.close());
  jobs.trouble.unknown(UserMailer, { action: 'goodbye' });
  await jobs.get(MailersService).for(UserMailer).hello().deliverLater();
  await jobs.get(MailersService).for(UserMailer).goodbye().deliverLater();
  await jobs.drain();
  expect(jobs.performed().map(({ outcome }) => outcome.kind)).toEqual(['failed', 'snoozed']);
});

it('a worker without MailersModule names the mail that it parks', async () => {
  const url = privateUrl(inject('redisUrl'));
  const web = await mailApp({}, [UserMailer], url);
  const worker = await jobsApp({ url }, []);
  await worker.worker.start();
  await web.mailers.for(UserMailer).hello().deliverLater();
  const event = await worker.event('finished');
  expect(wordsOf(event).text).toMatch(/^UserMailer\.hello \S+ postponed .*no job class here has the name/);
});

it('names the mail that middleware has made of another one', async () => {
  const swapping: EnqueueMiddleware = {
    handle: (call, next) => {
      call.payload = { mailer: 'UserMailer', action: 'goodbye' };
      return next();
    },
  };
  const { mailers, app } = await mailApp({}, [UserMailer], 'memory:', { enqueueMiddleware: [swapping] });
  const { id } = await mailers.for(UserMailer).hello().deliverLater({ delay: '1h' });
  expect(await app.get(JobsInspector).find(id)).toMatchObject({ subject: 'UserMailer.goodbye' });
});

describe('in Redis', () => {
  const stored = async (url: string, queue: string, id: string): Promise<{ redis: Redis; key: string }> => {
    const redis = new Redis(url.replace(/\?.*/, ''));
    onTestFinished(() => redis.disconnect());
    return { redis, key: `{${new URL(url).searchParams.get('prefix')!}}:${queue}:${id}` };
  };

  it('a mail keeps its version and payload, and another job costs no byte more', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { mailers, jobs } = await mailApp({}, [UserMailer, UserJob], url);
    const mail = await mailers.for(UserMailer).hello().deliverLater();
    const other = await jobs.enqueue(UserJob, { mailer: 'UserMailer', action: 'hello' });
    const [ofMail, ofOther] = [await stored(url, 'mailers', mail.id), await stored(url, 'default', other.id)];
    const payload = '"payload":{"mailer":"UserMailer","action":"hello"}';
    expect(await ofMail.redis.hget(ofMail.key, 'data')).toBe(
      `{"v":1,${payload},"subject":"UserMailer.hello"}`,
    );
    expect(await ofOther.redis.hget(ofOther.key, 'data')).toBe(`{"v":1,${payload}}`);
  });

  it('a mail that an earlier Fledge enqueued is performed and named', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { mailers, worker, event } = await mailApp({ policy: { attempts: 1 } }, [UserMailer], url);
    const { id } = await mailers.for(UserMailer).hello().deliverLater();
    const { redis, key } = await stored(url, 'mailers', id);
    await redis.hset(key, 'data', '{"v":1,"payload":{"mailer":"UserMailer","action":"hello"}}');
    await worker.start();
    const { subject, outcome } = await event('finished');
    expect(subject).toBe('UserMailer.hello');
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'no template' } });
  });
});
