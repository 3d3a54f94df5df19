/// <reference types="jest" />
import { testJobs, type TestJobs } from 'nestjs-fledge/testing';
import 'nestjs-fledge/testing/jest';
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
    expect(jobs).toHaveEnqueuedMail(AccountMailer, 'welcome', { email: 'ada@example.test' });
    expect(jobs).toHaveEnqueued(RemindJob, { email: expect.any(String) }, { delay: '3h', times: 1 });

    await jobs.drain();
    expect(jobs).toHaveDelivered({ to: 'ada@example.test', subject: 'Welcome', link: /confirm/ });
    expect(jobs).not.toHavePerformed(RemindJob);

    await jobs.advance('3h');
    expect(jobs).toHaveDelivered({ mailer: AccountMailer, action: 'reminder', text: 'not confirmed' });
    expect(jobs.sentMails()).toHaveLength(2);
  });
});
