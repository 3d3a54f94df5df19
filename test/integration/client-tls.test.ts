import { readFileSync } from 'node:fs';
import { JobsInspector } from 'nestjs-fledge';
import { createJobsClient, job, mailer, type JobsClientOptions } from 'nestjs-fledge/client';
import { describe, expect, it } from 'vitest';
import { MailersModule } from 'nestjs-fledge/mailers';
import { ownCertificates } from '../support/certificates.js';
import { AccountMailer, ChargeJob } from '../support/client-classes.js';
import { jobsApp } from '../support/jobs-app.js';
import { selfSigned, tlsRedis } from '../support/tls-redis.js';

type StoreOptions = Pick<JobsClientOptions<never, never>, 'url' | 'redis'>;

const clientOf = (options: StoreOptions) =>
  createJobsClient({
    ...options,
    jobs: { ChargeJob: job<ChargeJob>({ queue: 'billing' }) },
    mailers: { AccountMailer: mailer<AccountMailer>() },
  });

/** Enqueues, cancels and sends a mail. The application finds the jobs through its own TLS connection. */
async function worksOn(options: StoreOptions): Promise<void> {
  await using jobs = clientOf(options);
  const module = MailersModule.forRoot({ transport: 'memory:', from: 'hello@acme.test' });
  const queues = { billing: {}, mailers: {} };
  const { app } = await jobsApp({ ...options, queues }, [ChargeJob, AccountMailer], [module]);
  const inspector = app.get(JobsInspector);
  const receipts = await jobs.enqueueAll('ChargeJob', [{ orderId: 'a' }, { orderId: 'b' }]);
  expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'enqueued']);
  for (const { id } of receipts) expect(await inspector.find(id)).toMatchObject({ name: 'ChargeJob' });
  expect(await jobs.cancel(receipts[0]!)).toEqual({ removed: 1, signalled: 0 });
  expect(await jobs.cancelAll('ChargeJob')).toEqual({ removed: 1, signalled: 0 });
  const mail = await jobs.mail('AccountMailer').welcome({ email: 'ada@example.test' }).deliverLater();
  expect(await inspector.find(mail.id)).toMatchObject({ subject: 'AccountMailer.welcome' });
}

async function refusedBy(options: StoreOptions): Promise<unknown> {
  await using jobs = clientOf(options);
  return jobs.enqueue('ChargeJob', { orderId: 'x' }).then(
    ({ status }) => status,
    (error: unknown) => error,
  );
}

describe('a client on a Redis with TLS', () => {
  it('refuses a certificate that Node does not know, and names the options', async () => {
    const url = `rediss://127.0.0.1:${await tlsRedis(selfSigned())}`;
    const refusal = {
      code: 'FLEDGE_STORE_TLS',
      unavailable: true,
      message: expect.stringMatching(/redis: \{ tls: \{ ca \} \} or \?ca=.*servername\. \(DEPTH_ZERO/),
    };
    expect(await refusedBy({ url })).toMatchObject(refusal);
    await using jobs = clientOf({ url });
    await expect(jobs.cancelAll('ChargeJob')).rejects.toMatchObject(refusal);
  });

  it('refuses a certificate for another name', async () => {
    const files = selfSigned();
    const url = `rediss://127.0.0.1:${await tlsRedis(files)}`;
    const tls = { ca: readFileSync(files.ca) };
    expect(await refusedBy({ url, redis: { tls } })).toMatchObject({ code: 'FLEDGE_STORE_TLS' });
  });

  it('works with the authority and the name of the certificate, by option and by URL', async () => {
    const files = selfSigned();
    const url = `rediss://127.0.0.1:${await tlsRedis(files)}`;
    await worksOn({ url, redis: { tls: { ca: readFileSync(files.ca), servername: 'cache.internal' } } });
    await worksOn({ url: `${url}?ca=${files.ca}&servername=cache.internal` });
  });

  it('works with rejectUnauthorized, by option and by URL', async () => {
    const url = `rediss://127.0.0.1:${await tlsRedis(selfSigned())}`;
    await worksOn({ url, redis: { tls: { rejectUnauthorized: false } } });
    await worksOn({ url: `${url}?rejectUnauthorized=false` });
  });

  it('signs in with a client certificate, by option and by URL', async () => {
    const { ca, caPath, cert, key } = ownCertificates();
    const [certPath, keyPath] = ['server.pem', 'server.key'].map((name) => caPath.replace('ca.pem', name));
    const files = { cert: certPath!, key: keyPath!, ca: caPath };
    const url = `rediss://127.0.0.1:${await tlsRedis(files, 'yes')}`;
    expect(await refusedBy({ url, redis: { tls: { ca } } })).toMatchObject({ unavailable: true });
    await worksOn({ url, redis: { tls: { ca, cert, key } } });
    await worksOn({ url: `${url}?ca=${caPath}&cert=${certPath}&key=${keyPath}` });
  });
});
