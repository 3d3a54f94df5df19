// #region imports
import { createJobsClient, FledgeError, job, mailer } from 'nestjs-fledge/client';
import type { ChargeJob, ExportJob } from './api/jobs.js';
import type { AccountMailer } from './api/mailers.js';
// #endregion
// #region import-manifest
import manifest from './api/jobs-manifest.json' with { type: 'json' };
// #endregion
import { checkJobsManifest, writeJobsManifest } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { expect, it, onTestFinished, vi } from 'vitest';
import * as classes from '../support/client-classes.js';
import { jobsApp } from '../support/jobs-app.js';

function client() {
  // #region client
  const jobs = createJobsClient({
    url: process.env.JOBS_URL,
    jobs: {
      ChargeJob: job<ChargeJob>({ queue: 'billing' }),
      ExportJob: job<ExportJob>({ unique: { by: ['customer'] } }),
    },
    mailers: { AccountMailer: mailer<AccountMailer>() },
  });
  // #endregion
  onTestFinished(() => jobs.close());
  return jobs;
}

const file = 'test/guide/api/jobs-manifest.json';

/** The code of docs/producers.md, on a real Redis. */
export function producersGuide(newUrl: () => string): void {
  const createdClient = (): ReturnType<typeof client> => {
    vi.stubEnv('JOBS_URL', newUrl());
    onTestFinished(() => void vi.unstubAllEnvs());
    return client();
  };

  it('a client enqueues and cancels', async () => {
    const jobs = createdClient();
    const orders = [{ id: '1' }, { id: '2' }];
    const email = 'ada@example.test';
    // #region enqueue
    await jobs.enqueue('ChargeJob', { orderId: '17' }, { delay: '10m' });
    await jobs.enqueueAll(
      'ChargeJob',
      orders.map(({ id }) => ({ orderId: id })),
    );
    await jobs.mail('AccountMailer').welcome({ email }).deliverLater();

    const receipt = await jobs.enqueue('ExportJob', { customer: 'acme' });
    await jobs.cancel(receipt, { reason: 'the customer left' });
    await jobs.cancelAll('ChargeJob');
    // #endregion
    expect(receipt.status).toBe('enqueued');
    expect(await jobs.cancelAll('ChargeJob')).toEqual({ removed: 0, signalled: 0 });
  });

  it('a script closes its client', async () => {
    vi.stubEnv('JOBS_URL', newUrl());
    onTestFinished(() => void vi.unstubAllEnvs());
    // #region script
    await using jobs = createJobsClient({ jobs: { ChargeJob: job<ChargeJob>({ queue: 'billing' }) } });
    await jobs.enqueue('ChargeJob', { orderId: '17' });
    // #endregion
    expect(await jobs.cancelAll('ChargeJob')).toEqual({ removed: 1, signalled: 0 });
  });

  it('a client knows the jobs by their manifest', async () => {
    const url = newUrl();
    const queues = { default: {}, billing: {}, mailers: {} };
    const module = MailersModule.forRoot({ transport: 'memory:', from: 'hello@acme.test' });
    const { app } = await jobsApp({ url, queues }, Object.values(classes), [module]);
    // First, because writing would correct the file.
    // #region check-manifest
    await checkJobsManifest(app, file);
    // #endregion
    // #region write-manifest
    await writeJobsManifest(app, file);
    // #endregion
    // #region manifest
    const jobs = createJobsClient({
      url,
      manifest,
      jobs: { ChargeJob: job<ChargeJob>(), ExportJob: job<ExportJob>() },
      mailers: { AccountMailer: mailer<AccountMailer>() },
    });
    // #endregion
    onTestFinished(() => jobs.close());
    expect(await jobs.enqueue('ChargeJob', { orderId: '17' })).toMatchObject({ queue: 'billing' });
  });

  it('a handler answers, whether the store is there or not', async () => {
    const jobs = createdClient();
    // #region handler
    async function handler({ orderId }: { orderId: string }): Promise<{ statusCode: number }> {
      try {
        await jobs.enqueue('ChargeJob', { orderId });
        return { statusCode: 202 };
      } catch (error) {
        if (error instanceof FledgeError && error.unavailable) return { statusCode: 503 };
        throw error;
      }
    }
    // #endregion
    expect(await handler({ orderId: '17' })).toEqual({ statusCode: 202 });
    await jobs.close();
    expect(await handler({ orderId: '17' })).toEqual({ statusCode: 503 });
  });
}
