import { JobsInspector } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { expect, inject, it } from 'vitest';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { mailCatcher } from '../support/mail-app.js';
import { until } from '../support/until.js';
import { startedWorker } from '../support/worker-process.js';

/** The web side, which uses only the name and the action. */
@Mailer()
class ContactMailer {
  async message(_payload: { email: string; html?: string }): Promise<Mail> {
    return { to: '', subject: '', text: '' };
  }
}

it('hostile input of a contact form blocks no worker: its mails die at once, and other mails arrive', async () => {
  const url = privateUrl(inject('redisUrl'));
  const [catcher, transport] = await mailCatcher();
  const web = await jobsApp(
    { url },
    [ContactMailer],
    [MailersModule.forRoot({ transport: 'memory:', from: 'a@acme.test' })],
  );
  const options = { url, entry: 'contact-worker.mjs', env: { SMTP_URL: transport } };
  await Promise.all([startedWorker(options), startedWorker(options)]);
  const contact = web.app.get(MailersService).for(ContactMailer);
  // The regular expression that parsed addresses before took days of CPU time on this, in each worker that took the
  // job.
  const hostile = [' ', '\t\n', '"\\', '" ', 'a '].map((one) => `${one.repeat(100_000 / one.length)}x`);
  const bad = await contact.message.deliverAllLater(hostile.map((email) => ({ email })));
  // 60,000 open tags. The conversion to text was recursive in their depth.
  const deep = await contact.message({ email: 'deep@b.test', html: '<div>'.repeat(60_000) }).deliverLater();
  const good = await contact.message.deliverAllLater(
    Array.from({ length: 20 }, (_, i) => ({ email: `visitor-${i}@example.test` })),
  );
  await until('the good mails have arrived', () => catcher.mails.length === good.length + 1);
  const replies = catcher.mails.map(({ replyTo }) => replyTo?.[0]?.address);
  expect(new Set(replies).size).toBe(good.length + 1);
  const inspector = web.app.get(JobsInspector);
  const ends = (id: string, state: string) =>
    until(`${id} is ${state}`, async () => (await inspector.find(id))?.state === state);
  await ends(deep.id, 'completed');
  for (const { id } of bad) {
    await ends(id, 'dead');
    expect(await inspector.find(id)).toMatchObject({
      attempt: 1,
      error: {
        code: 'FLEDGE_MAIL_INVALID',
        message: expect.stringMatching(/replyTo has 10000\d characters/) as string,
      },
    });
  }
});
