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

  it('has their opposites', () => {
    expect(jobs).not.toHaveEnqueued(ImportCsvJob, { importId: 'b' });
    expect(jobs).not.toHavePerformed(ImportCsvJob, payload, { outcome: 'completed' });
    expect(jobs).not.toHaveDelivered({ to: 'bob@example.test' });
    expect(jobs).not.toHaveEnqueuedMail(UserMailer, 'welcome', { userId: 'u2' });
  });

  it('says what the assertions say, either way', () => {
    expect(() => expect(jobs).toHaveEnqueued(ImportCsvJob, { importId: 'b' }))
      .toThrow(`Expected ImportCsvJob to be enqueued with
  payload: { importId: 'b' }

Enqueued instead, nearest first (✗ marks what differs):
  1. ImportCsvJob { importId: 'a' } in "default", in 10 min
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
      'It is not.',
    );
  });

  it('leaves the difference to the message', () => {
    expect(Object.keys(jobMatchers.toHaveEnqueued(jobs, ImportCsvJob, { importId: 'b' }))).toEqual([
      'pass',
      'message',
    ]);
  });

  it('does not take an unknown option for one that is met', () => {
    expect(() => expect(jobs).not.toHaveEnqueued(ImportCsvJob, payload, { dealy: 1 } as never)).toThrow(
      `toHaveEnqueued was given 'dealy', which it does not know. Did you mean "delay"?`,
    );
    expect(() => expect(new Map()).toHaveEnqueued(ImportCsvJob)).toThrow(
      'toHaveEnqueued was given Map(0) {}. Give what testJobs() resolved to',
    );
  });
});
