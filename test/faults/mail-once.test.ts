import { JobsInspector } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { expect, inject, it } from 'vitest';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { SmtpProcess } from '../support/smtp-process.js';
import { until } from '../support/until.js';
import { startedWorker } from '../support/worker-process.js';

/** The web side, which uses only the name and the action. */
@Mailer()
class NoteMailer {
  async note({ to }: { to: string }): Promise<Mail> {
    return { to, subject: '', text: '' };
  }
}

/** Kills the worker where it halts, starts another one, and returns how often the server got the mail. */
async function copiesAfterKill(halt: string): Promise<readonly (string | undefined)[]> {
  const url = privateUrl(inject('redisUrl'));
  const server = await SmtpProcess.start();
  const web = await jobsApp(
    { url },
    [NoteMailer],
    [MailersModule.forRoot({ transport: 'memory:', from: 'a@acme.test' })],
  );
  const worker = (env: NodeJS.ProcessEnv) =>
    startedWorker({ url, entry: 'mail-worker.mjs', env: { SMTP_URL: server.url, ...env } });
  const first = await worker({ HALT: halt });
  const mailers = web.app.get(MailersService);
  const { id } = await mailers.for(NoteMailer).note({ to: 'ada@example.test' }).deliverLater();
  await first.waitFor(new RegExp(`halted ${halt}`));
  await until('the server has the mail', () => server.mails.length === 1);
  first.kill('SIGKILL');
  await worker({});
  const inspector = web.app.get(JobsInspector);
  await until('the job is done', async () => (await inspector.find(id))?.state === 'completed');
  expect(await inspector.find(id)).toMatchObject({ attempt: 1 });
  return server.mails.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)?.[1]);
}

it('a worker that noted a sent mail and is killed before the job ends does not send it again', async () => {
  const [afterNote, beforeNote] = await Promise.all([
    copiesAfterKill('after the note'),
    copiesAfterKill('before the note'),
  ]);
  expect(afterNote).toHaveLength(1);
  // The remaining window is one round trip to Redis. A second copy has the same Message-ID, so receivers can
  // recognise it.
  expect(beforeNote).toHaveLength(2);
  expect(new Set(beforeNote).size).toBe(1);
});
