import 'nestjs-fledge/testing/vitest';
import type { TestJobs } from 'nestjs-fledge/testing';
import { MailersService } from 'nestjs-fledge/mailers';
import { expect, it } from 'vitest';
import { AccountsService } from '../../src/app/accounts/accounts.service.js';
import { UserMailer } from '../../src/app/accounts/user.mailer.js';
import { openApp } from './open-app.js';

// #region http
async function signUp(jobs: TestJobs, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const url = `${await jobs.app.getUrl()}/signups`;
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
}

async function openWeb(): Promise<TestJobs> {
  const jobs = await openApp({ application: (module) => module.createNestApplication() });
  await jobs.app.listen(0, '127.0.0.1');
  return jobs;
}
// #endregion

// #region sign-up
it('enqueues the welcome mail of a new visitor and answers without waiting for it', async () => {
  const jobs = await openWeb();
  const response = await signUp(jobs, { name: 'Ada Lovelace', email: 'ada@example.test' });
  const { id } = (await response.json()) as { id: string };

  expect(jobs).toHaveEnqueuedMail(UserMailer, 'welcome', { accountId: id });
  expect(jobs).not.toHaveDelivered({ to: 'ada@example.test' });

  await jobs.drain();
  expect(jobs).toHaveDelivered({ to: 'ada@example.test', subject: 'Welcome, Ada Lovelace' });
});
// #endregion

it('sends the welcome mail in the language of the account', async () => {
  const jobs = await openWeb();
  await signUp(jobs, { name: 'Hanako', email: 'hanako@example.test', locale: 'ja' });
  await jobs.drain();
  expect(jobs).toHaveDelivered({ to: 'hanako@example.test', subject: /Hanakoさん/, locale: 'ja' });
});

// #region store-down
it('rolls back the account if its welcome mail could not be enqueued', async () => {
  const jobs = await openWeb();
  const visitor = { name: 'Ada', email: 'ada@example.test' };

  jobs.trouble.storeDown();
  expect((await signUp(jobs, visitor)).status).toBe(503);
  expect(await jobs.get(AccountsService).latest()).toBeUndefined();

  jobs.trouble.storeUp();
  expect((await signUp(jobs, visitor)).status).toBe(201);
});
// #endregion

// #region retried
it('retries a welcome mail for five days if its account cannot be read, then gives up', async () => {
  const jobs = await openApp();
  await jobs.get(MailersService).for(UserMailer).welcome({ accountId: 'missing' }).deliverLater();

  const attempts = await jobs.advance('6d');
  expect(attempts).toHaveLength(20);
  expect(attempts.at(-1)).toMatchObject({
    error: { message: 'There is no account missing' },
    retryIn: undefined,
  });
  expect(jobs.enqueuedMails()).toEqual([]);
});
// #endregion
