import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  assertDelivered,
  assertEnqueued,
  assertMailEnqueued,
  assertPerformed,
  testJobs,
  type TestJobs,
} from 'nestjs-fledge/testing';
import { AccountMailer } from './account.mailer.js';
import { Accounts } from './accounts.js';
import { AppModule } from './app.module.js';
import { RemindJob } from './remind.job.js';

describe('signing up', () => {
  let jobs: TestJobs;
  beforeEach(async () => {
    jobs = await testJobs(AppModule);
  });
  afterEach(() => jobs.close());

  it('enqueues the welcome mail, and a reminder three hours later', async () => {
    await jobs.get(Accounts).signUp('ada@example.test');
    assertMailEnqueued(jobs, AccountMailer, 'welcome', { payload: { email: 'ada@example.test' } });
    assertEnqueued(jobs, RemindJob, { payload: { email: /^ada@/ }, delay: '3h', times: 1 });

    await jobs.drain();
    assertDelivered(jobs, { to: 'ada@example.test', subject: 'Welcome', link: /confirm/ });
    assertPerformed(jobs, RemindJob, { times: 0 });

    await jobs.advance('3h');
    assertDelivered(jobs, { mailer: AccountMailer, action: 'reminder', text: 'not confirmed' });
    assert.equal(jobs.sentMails().length, 2);
  });

  it('retries a reminder that fails', async () => {
    await jobs.get(Accounts).signUp('busy@example.test');
    await jobs.advance('1d');
    assertPerformed(jobs, RemindJob, { outcome: 'failed', error: /busy/, attempt: 1 });
    assertPerformed(jobs, RemindJob, { outcome: 'completed', attempt: 2 });
  });

  it('a failed expectation shows what was enqueued instead', async () => {
    await jobs.get(Accounts).signUp('ada@example.test');
    assert.throws(() => assertEnqueued(jobs, RemindJob, { payload: { email: 'bob@example.test' } }), {
      code: 'ERR_ASSERTION',
      message: /payload\.email: 'ada@example\.test', expected 'bob@example\.test'/,
    });
  });
});
