import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import {
  enqueuedJob,
  enqueuedMail,
  now,
  performedJob,
  recorded,
  sentMail,
} from '../../../test/support/recorded.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { Job } from '../../jobs/job/job.js';
import { Mailer, type Mail } from '../../mailers/index.js';
import {
  assertDelivered,
  assertEnqueued,
  assertMailEnqueued,
  assertNotDelivered,
  assertNotEnqueued,
  assertPerformed,
} from './assertions.js';

@Job()
class ImportCsvJob {
  async perform({ rows = 0 }: { importId: string; rows?: number }): Promise<number> {
    return rows;
  }
}

@Mailer()
class UserMailer {
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: userId };
  }
  async goodbye(): Promise<Mail> {
    return { to: 'ada@example.test' };
  }
}

class QuotaError extends Error {}

const importOf = (importId: string, fields: Partial<Parameters<typeof enqueuedJob>[0]> = {}) =>
  enqueuedJob({ name: 'ImportCsvJob', payload: { importId, rows: 3 }, ...fields });
const ran = (fields: Partial<Parameters<typeof performedJob>[0]> = {}) =>
  performedJob({ name: 'ImportCsvJob', payload: { importId: 'a' }, ...fields });

function failureOf(assertion: () => void): AssertionError {
  try {
    assertion();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
  throw new Error('it passed');
}
const messageOf = (assertion: () => void): string => failureOf(assertion).message;
const fails = (assertion: () => void): void => void failureOf(assertion);

describe('assertEnqueued', () => {
  const jobs = recorded({
    enqueued: [
      importOf('a', { queue: 'imports', delay: 600_000, priority: 2, unique: true }),
      importOf('b'),
      enqueuedJob({ name: 'ReportJob' }),
    ],
  });

  it('checks only the expected properties', () => {
    assertEnqueued(jobs, ImportCsvJob);
    assertEnqueued(jobs, ImportCsvJob, { times: 2 });
    assertEnqueued(jobs, ImportCsvJob, { payload: { importId: 'b' } });
    assertEnqueued(jobs, ImportCsvJob, { payload: ({ rows }) => rows === 3, times: 2 });
    assertEnqueued(jobs, ImportCsvJob, {
      payload: { importId: /^a/, rows: expect.any(Number) },
      queue: 'imports',
      delay: '10m',
      at: new Date(now.getTime() + 600_900),
      priority: 2,
      unique: true,
      times: 1,
    });
    assertEnqueued(jobs, ImportCsvJob, { at: now.getTime() });
    fails(() => assertEnqueued(jobs, ImportCsvJob, { payload: { importId: 'b' }, delay: '10m' }));
    fails(() => assertEnqueued(jobs, ImportCsvJob, { delay: 601_000 }));
    fails(() => assertEnqueued(jobs, ImportCsvJob, { priority: 1 }));
    fails(() => assertEnqueued(jobs, ImportCsvJob, { unique: false, queue: 'imports' }));
    fails(() => assertEnqueued(jobs, ImportCsvJob, { times: 3 }));
  });

  it('shows what is enqueued instead, closest match first', () => {
    const payload = { mailer: 'UserMailer', action: 'welcome', payload: { userId: 'u1' } };
    const delivery = enqueuedJob({ name: 'DeliverMail', queue: 'mailers', payload });
    const instead = recorded({
      enqueued: [
        enqueuedJob({ name: 'ReportJob', payload: { year: 2026 } }),
        delivery,
        importOf('c', { queue: 'imports' }),
        importOf('b', { delay: 600_000 }),
        importOf('d', { delay: 601_000, state: 'retrying', attempt: 2 }),
      ],
    });
    expect(
      messageOf(() => assertEnqueued(instead, ImportCsvJob, { payload: { importId: 'a' }, delay: '10m' })),
    ).toBe(`Expected ImportCsvJob to be enqueued with
  payload: { importId: 'a' }
  delay: 10 min

Enqueued instead, closest match first (✗ marks a difference):
  1. ImportCsvJob { importId: 'b', rows: 3 } in queue "default", due in 10 min
     ✗ payload.importId: 'b', expected 'a'
  2. ImportCsvJob { importId: 'c', rows: 3 } in queue "imports", due now
     ✗ payload.importId: 'c', expected 'a'
     ✗ delay: none, expected 10 min
  3. ImportCsvJob { importId: 'd', rows: 3 } in queue "default", attempt 3 due in 10 min 1 s
     ✗ payload.importId: 'd', expected 'a'
     ✗ delay: 10 min 1 s, expected 10 min
  4. ✗ ReportJob { year: 2026 } in queue "default", due now
  5. ✗ UserMailer.welcome { userId: 'u1' } in queue "mailers", due now`);
  });

  it('shows five records, and how many more there are', () => {
    const many = recorded({ enqueued: Array.from({ length: 9 }, (_, i) => importOf(`${i}`)) });
    const lines = messageOf(() => assertEnqueued(many, ImportCsvJob, { payload: { importId: 'x' } })).split(
      '\n',
    );
    expect(lines.filter((line) => line.includes('ImportCsvJob {'))).toHaveLength(5);
    expect(lines.at(-1)).toBe('  and 4 more');
  });

  it('counts the matching jobs', () => {
    expect(messageOf(() => assertEnqueued(jobs, ImportCsvJob, { times: 1 })))
      .toBe(`Expected ImportCsvJob to be enqueued once.

It is enqueued 2 times. Everything enqueued, closest match first (✗ marks a difference):
  1. ImportCsvJob { importId: 'a', rows: 3 } in queue "imports", due in 10 min
  2. ImportCsvJob { importId: 'b', rows: 3 } in queue "default", due now
  3. ✗ ReportJob in queue "default", due now`);
  });

  it('reports that nothing is enqueued, with a possible reason', () => {
    expect(messageOf(() => assertEnqueued(recorded({}), ImportCsvJob)))
      .toBe(`Expected ImportCsvJob to be enqueued.

Nothing is enqueued.

Hint: await the enqueue, and look at the status of its receipt. It is 'vetoed' if middleware stopped the job, and 'duplicate' if the same job was enqueued before.`);
  });

  it('reports that the job has already run', () => {
    const performed = [ran({ payload: { importId: 'b' } }), ran({ attempt: 2 })];
    expect(
      messageOf(() => assertEnqueued(recorded({ performed }), ImportCsvJob, { payload: { importId: 'a' } })),
    ).toBe(`Expected ImportCsvJob to be enqueued with
  payload: { importId: 'a' }

Nothing is enqueued.

Hint: it has already run (attempt 2: completed). Use toHavePerformed or assertPerformed for jobs that have run.`);
  });

  it('reports that the job is in another queue', () => {
    const message = messageOf(() =>
      assertEnqueued(jobs, ImportCsvJob, { payload: { importId: 'a' }, queue: 'default' }),
    );
    expect(message).toContain(`     ✗ queue: 'imports', expected 'default'\n`);
    expect(message).toContain(
      `\nHint: it is in the queue "imports", which its @Job() or the options of the enqueue set.`,
    );
  });

  it('throws an AssertionError whose stack begins at the line of the test', () => {
    const error = failureOf(() =>
      assertEnqueued(jobs, ImportCsvJob, { payload: { importId: 'x' }, queue: 'q' }),
    );
    expect(error).toMatchObject({
      code: 'ERR_ASSERTION',
      operator: 'assertEnqueued',
      actual: { payload: { importId: 'a', rows: 3 }, queue: 'imports' },
      expected: { payload: { importId: 'x' }, queue: 'q' },
    });
    expect(error.stack!.split('\n').find((line) => line.startsWith('    at '))).toContain(
      'assertions.spec.ts',
    );
  });

  it('rejects invalid expectations', () => {
    const invalid = (assertion: () => void) => expect(assertion).toThrow(FledgeError);
    invalid(() => assertNotEnqueued(recorded({}), ImportCsvJob, { delay: '10 minutes' as never }));
    invalid(() => assertNotEnqueued(recorded({}), ImportCsvJob, { at: new Date('x') }));
    invalid(() => assertEnqueued(recorded({}), ImportCsvJob, { times: -1 }));
    expect(() => assertNotEnqueued(jobs, ImportCsvJob, { prioritty: 1 } as never)).toThrow(
      'Unknown option "prioritty" of assertNotEnqueued. Did you mean "priority"? Use one of payload, queue, delay, at, priority, unique, times. [FLEDGE_OPTION_INVALID]',
    );
    expect(() => assertEnqueued(Promise.resolve() as never, ImportCsvJob)).toThrow(
      'assertEnqueued got a promise instead of the result of testJobs(). Await it first: const jobs = await testJobs(AppModule). [FLEDGE_OPTION_INVALID]',
    );
  });
});

describe('assertNotEnqueued', () => {
  it('shows the matching jobs', () => {
    const jobs = recorded({ enqueued: [importOf('a'), importOf('b', { delay: 90_061_000 })] });
    assertNotEnqueued(jobs, ImportCsvJob, { payload: { importId: 'c' } });
    expect(messageOf(() => assertNotEnqueued(jobs, ImportCsvJob, { payload: { rows: 3 } })))
      .toBe(`Expected ImportCsvJob not to be enqueued with
  payload: { rows: 3 }

It is enqueued 2 times:
  1. ImportCsvJob { importId: 'a', rows: 3 } in queue "default", due now
  2. ImportCsvJob { importId: 'b', rows: 3 } in queue "default", due in 1 d 1 h 1 min 1 s`);
  });
});

describe('assertPerformed', () => {
  const error = new QuotaError('quota of 3 exceeded');
  const failed = ran({
    outcome: { kind: 'failed', error, retryIn: 15_000 },
    error,
    retryIn: 15_000,
  });
  const jobs = recorded({ performed: [failed, ran({ attempt: 2, result: 7 })] });

  it('checks the outcome, the error, the attempt and the result', () => {
    assertPerformed(jobs, ImportCsvJob, { times: 2, payload: { importId: 'a' } });
    assertPerformed(jobs, ImportCsvJob, { outcome: 'failed', attempt: 1, times: 1 });
    assertPerformed(jobs, ImportCsvJob, { outcome: 'completed', attempt: 2, result: 7, times: 1 });
    for (const wanted of ['quota', /^quota of \d/, QuotaError, Error, expect.any(QuotaError)])
      assertPerformed(jobs, ImportCsvJob, { error: wanted, times: 1 });
    assertPerformed(jobs, ImportCsvJob, { error: ({ message }) => message.length > 3 });
    fails(() => assertPerformed(jobs, ImportCsvJob, { error: TypeError }));
    fails(() => assertPerformed(jobs, ImportCsvJob, { error: 'other' }));
    fails(() => assertPerformed(jobs, ImportCsvJob, { outcome: 'failed', attempt: 2 }));
    fails(() => assertPerformed(jobs, ImportCsvJob, { result: (n) => n > 7 }));
  });

  it('shows what has run instead', () => {
    expect(messageOf(() => assertPerformed(jobs, ImportCsvJob, { outcome: 'completed', error: TypeError })))
      .toBe(`Expected ImportCsvJob to be performed with
  outcome: 'completed'
  error: TypeError

Performed instead, closest match first (✗ marks a difference):
  1. ImportCsvJob { importId: 'a' }, attempt 2: completed
     ✗ error: none, expected TypeError
  2. ImportCsvJob { importId: 'a' }, attempt 1: failed with 'quota of 3 exceeded', runs again in 15 s
     ✗ outcome: 'failed', expected 'completed'
     ✗ error: QuotaError: quota of 3 exceeded, expected TypeError`);
  });

  it('reports that the job is still enqueued', () => {
    const perform = (enqueued: Parameters<typeof recorded>[0]['enqueued']): string =>
      messageOf(() => assertPerformed(recorded({ enqueued: enqueued! }), ImportCsvJob))
        .split('\n')
        .at(-1)!;
    expect(perform([importOf('a'), importOf('b', { delay: 5 })])).toBe(
      'Hint: enqueued, but not run yet: 2 jobs. Call await jobs.drain().',
    );
    expect(perform([importOf('b', { delay: 10_800_000 })])).toBe(
      `Hint: enqueued for later: 1 job. Call await jobs.advance('3h').`,
    );
    expect(perform([])).toContain('Hint: it is not enqueued either. Await the enqueue');
  });
});

describe('assertDelivered', () => {
  const report = {
    filename: 'report.csv',
    contentType: 'text/csv',
    cid: undefined,
    content: Buffer.from('a,b\n1,2'),
  };
  const jobs = recorded({
    sent: [
      sentMail({}),
      sentMail({
        action: 'goodbye',
        to: [
          { name: 'Bob', address: 'bob@acme.test' },
          { name: '', address: 'Eve@acme.test' },
        ],
        cc: [{ name: '', address: 'boss@acme.test' }],
        subject: 'Goodbye',
        text: undefined,
        html: '<p>Goodbye &amp; good luck</p>',
        links: [],
        locale: 'en',
        attachments: [report],
      }),
    ],
  });

  it('checks every property of a mail', () => {
    assertDelivered(jobs);
    assertDelivered(jobs, { times: 2, from: 'Acme <hello@acme.test>' });
    assertDelivered(jobs, { to: 'ada@example.test', subject: 'Welcome, Ada', text: 'confirm', times: 1 });
    assertDelivered(jobs, { link: 'https://acme.test/confirm/1', mailer: UserMailer, action: 'welcome' });
    assertDelivered(jobs, { html: 'Goodbye &amp;', text: undefined, locale: 'en', attachment: 'report.csv' });
    assertDelivered(jobs, { subject: /^good/i, link: /./, times: 0 });
    for (const attachment of [
      /\.csv$/,
      { filename: 'report.csv', contentType: 'text/csv', content: '1,2' },
      { content: /^a,b$/m },
      { content: Buffer.from('a,b\n1,2') },
      { content: (content: Buffer) => content.byteLength === 7 },
      expect.objectContaining({ contentType: 'text/csv' }),
    ])
      assertDelivered(jobs, { attachment, times: 1 });
    assertDelivered(jobs, { attachment: { content: 'x' }, times: 0 });
    fails(() => assertDelivered(jobs, { subject: 'Welcome' }));
    fails(() => assertDelivered(jobs, { subject: /welcome/ }));
    fails(() => assertDelivered(jobs, { to: 'ada@example.test', mailer: UserMailer, action: 'goodbye' }));
  });

  it('matches one address among the recipients, and a list against all recipients', () => {
    for (const to of [
      'EVE@acme.test',
      'Any Name <bob@acme.test>',
      { address: 'bob@acme.test' },
      /^bob@/,
      (address: string) => address.startsWith('eve@'),
      expect.stringContaining('eve'),
      ['eve@acme.test', 'bob@acme.test'],
      [/^eve/, 'bob@acme.test'],
    ])
      assertDelivered(jobs, { to, times: 1 });
    assertDelivered(jobs, { to: 'bob@acme.test', cc: ['boss@acme.test'], bcc: [] });
    fails(() => assertDelivered(jobs, { to: ['bob@acme.test'] }));
    fails(() => assertDelivered(jobs, { to: ['bob@acme.test', 'bob@acme.test'] }));
    fails(() => assertDelivered(jobs, { to: 'boss@acme.test' }));
  });

  it('shows what was sent instead', () => {
    const expected = {
      to: 'Ada <ada@acme.test>',
      subject: 'Welcome, Ada',
      text: 'Hi',
      html: /hello/,
      link: /reset/,
      attachment: 'invoice.pdf',
    };
    expect(messageOf(() => assertDelivered(jobs, expected))).toBe(`Expected a mail to be delivered with
  to: 'ada@acme.test'
  subject: 'Welcome, Ada'
  text: 'Hi'
  html: /hello/
  link: /reset/
  attachment: 'invoice.pdf'

Delivered instead, closest match first (✗ marks a difference):
  1. 'Welcome, Ada' to ada@example.test (UserMailer.welcome)
     ✗ to: 'ada@example.test', expected 'ada@acme.test'
     ✗ text: 'Hello Ada, confirm: https://acme.test/confirm/1', expected text containing 'Hi'
     ✗ html: none, expected /hello/
     ✗ link: 'https://acme.test/confirm/1', expected /reset/
     ✗ attachment: none, expected 'invoice.pdf'
  2. 'Goodbye' to bob@acme.test, eve@acme.test, boss@acme.test (UserMailer.goodbye)
     ✗ to: 'bob@acme.test', 'eve@acme.test', expected 'ada@acme.test'
     ✗ subject: 'Goodbye', expected 'Welcome, Ada'
     ✗ text: none, expected text containing 'Hi'
     ✗ html: '<p>Goodbye &amp; good luck</p>', expected /hello/
     ✗ link: none, expected /reset/
     and 1 more`);
  });

  it('reports enqueued mails and failed deliveries', () => {
    const error = new Error('vetoed by NoMails');
    const payload = { mailer: 'UserMailer', action: 'goodbye' };
    const waiting = recorded({
      mails: [enqueuedMail({ delay: 90_500 }), enqueuedMail({ delay: 180_000 })],
      performed: [
        performedJob({ name: 'DeliverMail', payload, outcome: { kind: 'discarded', error }, error }),
      ],
    });
    expect(messageOf(() => assertDelivered(waiting))).toBe(`Expected a mail to be delivered.

Nothing was delivered.

Hint: the delivery of UserMailer.goodbye ran and sent no mail (attempt 1: discarded with 'vetoed by NoMails').
Hint: enqueued for later: UserMailer.welcome. Call await jobs.advance('91s').`);
    expect(messageOf(() => assertDelivered(recorded({})))).toContain(
      'Hint: no mail is enqueued either. Await deliverLater() or deliverNow()',
    );
  });

  it('rejects a class that is not a mailer, and an unknown action', () => {
    expect(() => assertNotDelivered(jobs, { mailer: ImportCsvJob })).toThrow('FLEDGE_MAILER_NOT_REGISTERED');
    expect(() => assertNotDelivered(jobs, { mailer: UserMailer, action: 'welcom' as never })).toThrow(
      'FLEDGE_MAILER_ACTION_UNKNOWN',
    );
  });
});

describe('assertNotDelivered', () => {
  it('shows the matching mails', () => {
    const jobs = recorded({ sent: [sentMail({})] });
    assertNotDelivered(jobs, { to: 'bob@acme.test' });
    expect(messageOf(() => assertNotDelivered(jobs, { to: 'ada@example.test' })))
      .toBe(`Expected a mail not to be delivered with
  to: 'ada@example.test'

It was delivered once:
  1. 'Welcome, Ada' to ada@example.test (UserMailer.welcome)`);
  });
});

describe('assertMailEnqueued', () => {
  const jobs = recorded({
    mails: [
      enqueuedMail({ payload: { userId: 'u1' }, delay: 3_600_000 }),
      enqueuedMail({ payload: { userId: 'u2' } }),
    ],
    sent: [sentMail({ action: 'goodbye' })],
  });

  it('checks mailer, action, payload and time', () => {
    assertMailEnqueued(jobs, UserMailer, 'welcome', { times: 2 });
    assertMailEnqueued(jobs, UserMailer, 'welcome', {
      payload: { userId: 'u1' },
      delay: '1h',
      queue: 'mailers',
    });
    assertMailEnqueued(jobs, UserMailer, 'goodbye', { times: 0 });
  });

  it('shows what is enqueued instead', () => {
    expect(
      messageOf(() =>
        assertMailEnqueued(jobs, UserMailer, 'welcome', { payload: { userId: 'u1' }, delay: 0 }),
      ),
    ).toBe(`Expected UserMailer.welcome to be enqueued with
  payload: { userId: 'u1' }
  delay: none

Enqueued instead, closest match first (✗ marks a difference):
  1. UserMailer.welcome { userId: 'u1' }, due in 1 h
     ✗ delay: 1 h, expected none
  2. UserMailer.welcome { userId: 'u2' }, due now
     ✗ payload.userId: 'u2', expected 'u1'`);
  });

  it('reports that the mail was already sent', () => {
    expect(
      messageOf(() => assertMailEnqueued(jobs, UserMailer, 'goodbye'))
        .split('\n')
        .at(-1),
    ).toBe(
      'Hint: it was already sent to ada@example.test. Use toHaveDelivered or assertDelivered for sent mails.',
    );
  });
});
