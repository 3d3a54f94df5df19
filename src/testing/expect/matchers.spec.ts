import { describe, expect, it } from 'vitest';
import {
  enqueuedJob,
  enqueuedMail,
  performedJob,
  recorded,
  sentMail,
} from '../../../test/support/recorded.js';
import { Job } from '../../jobs/job/job.js';
import { Mailer, type Mail } from '../../mailers/index.js';
import { jobMatchers } from './matchers.js';
import '../vitest.js';

@Job()
class ImportCsvJob {
  async perform(_payload: { importId: string }): Promise<void> {}
}

@Mailer()
class UserMailer {
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: userId };
  }
}

const payload = { importId: 'a' };
const error = new Error('quota');
const jobs = recorded({
  enqueued: [enqueuedJob({ name: 'ImportCsvJob', payload, delay: 600_000 })],
  performed: [performedJob({ name: 'ImportCsvJob', payload, outcome: { kind: 'failed', error }, error })],
  mails: [enqueuedMail({ payload: { userId: 'u1' } })],
  sent: [sentMail({})],
});

describe('expect(jobs)', () => {
  it('has the matchers of nestjs-fledge/testing/vitest', () => {
    expect(jobs).toHaveEnqueued(ImportCsvJob);
    expect(jobs).toHaveEnqueued(ImportCsvJob, { importId: expect.any(String) }, { delay: '10m', times: 1 });
    expect(jobs).toHavePerformed(ImportCsvJob, undefined, { outcome: 'failed', error: /quota/ });
    expect(jobs).toHaveDelivered();
    expect(jobs).toHaveDelivered('Welcome, Ada');
    expect(jobs).toHaveDelivered(/^welcome/i);
    expect(jobs).toHaveDelivered({ to: 'ada@example.test', mailer: UserMailer, action: 'welcome' });
    expect(jobs).toHaveEnqueuedMail(UserMailer, 'welcome', { userId: 'u1' }, { queue: 'mailers' });
  });

  it('has the negated matchers', () => {
    expect(jobs).not.toHaveEnqueued(ImportCsvJob, { importId: 'b' });
    expect(jobs).not.toHavePerformed(ImportCsvJob, payload, { outcome: 'completed' });
    expect(jobs).not.toHaveDelivered({ to: 'bob@example.test' });
    expect(jobs).not.toHaveEnqueuedMail(UserMailer, 'welcome', { userId: 'u2' });
  });

  it('fails with the message of the assertion, also when it is negated', () => {
    expect(() => expect(jobs).toHaveEnqueued(ImportCsvJob, { importId: 'b' }))
      .toThrow(`Expected ImportCsvJob to be enqueued with
  payload: { importId: 'b' }

Enqueued instead, closest match first (✗ marks a difference):
  1. ImportCsvJob { importId: 'a' } in queue "default", due in 10 min
     ✗ payload.importId: 'a', expected 'b'`);
    expect(() => expect(jobs).not.toHaveDelivered(/welcome/i))
      .toThrow(`Expected a mail not to be delivered with
  subject: /welcome/i

It was delivered once:
  1. 'Welcome, Ada' to ada@example.test (UserMailer.welcome)`);
    expect(() => expect(jobs).not.toHaveEnqueued(ImportCsvJob, payload, { times: 1 })).toThrow(
      'Expected ImportCsvJob not to be enqueued once with',
    );
    expect(() => expect(recorded({})).not.toHaveEnqueued(ImportCsvJob, payload, { times: 0 })).toThrow(
      'It is not enqueued.',
    );
  });

  it('returns no actual and expected values, because the message has the differences', () => {
    expect(Object.keys(jobMatchers.toHaveEnqueued(jobs, ImportCsvJob, { importId: 'b' }))).toEqual([
      'pass',
      'message',
    ]);
  });

  it('rejects an unknown option, and a value that is not the testing kit', () => {
    expect(() => expect(jobs).not.toHaveEnqueued(ImportCsvJob, payload, { dealy: 1 } as never)).toThrow(
      'Unknown option "dealy" of toHaveEnqueued. Did you mean "delay"?',
    );
    expect(() => expect(new Map()).toHaveEnqueued(ImportCsvJob)).toThrow(
      'toHaveEnqueued got Map(0) {} instead of the result of testJobs()',
    );
  });
});
