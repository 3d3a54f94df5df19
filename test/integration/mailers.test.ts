import { Injectable, Scope, type Provider, type Type } from '@nestjs/common';
import { createServer, type Socket } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Job, type JobContext } from 'nestjs-fledge';
import {
  Action,
  Mailer,
  MailersModule,
  MailersService,
  MailTransport,
  type Mail,
  type MailersOptions,
  type MailReceipt,
  type OutgoingMail,
} from 'nestjs-fledge/mailers';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { DeliverMailJob } from '../../src/mailers/deliver/deliver-mail.job.js';
import { MailCatcher } from '../../src/demo/mail-catcher.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

@Injectable()
class Greeter {
  greet(name: string): string {
    return `Hello ${name}`;
  }
}

@Mailer()
class UserMailer {
  constructor(private readonly greeter: Greeter) {}

  async welcome({ name, email }: { name: string; email: string }): Promise<Mail> {
    return {
      to: { name, address: email },
      subject: `ようこそ、${name}`,
      text: this.greeter.greet(name),
      html: `<b>${name}</b>`,
    };
  }

  async broken({ email }: { email: string }): Promise<Mail> {
    return { to: email, subject: '', text: 'x' };
  }
}

@Mailer({ name: 'scoped' })
@Injectable({ scope: Scope.REQUEST })
class ScopedMailer {
  private static made = 0;
  private readonly number = ++ScopedMailer.made;

  async count({ email }: { email: string }, { attempt }: JobContext): Promise<Mail> {
    return { to: email, subject: `Number ${this.number}, attempt ${attempt}`, text: 'x' };
  }
}

class Recorder extends MailTransport {
  readonly description = 'a recorder';
  readonly sent: OutgoingMail[] = [];
  failures = 0;
  closed = false;

  async send(mail: OutgoingMail): Promise<MailReceipt> {
    if (this.failures-- > 0) throw new Error('421 try again later');
    this.sent.push(mail);
    return {
      messageId: mail.messageId,
      accepted: mail.to.map(({ address }) => address),
      rejected: [],
      detail: 'recorded',
    };
  }

  override async close(): Promise<void> {
    this.closed = true;
  }
}

const providers: Provider[] = [Greeter, UserMailer, ScopedMailer];

async function start(
  options: MailersOptions,
  url = 'memory:',
): Promise<JobsApp & { mailers: MailersService }> {
  const module = MailersModule.forRoot({ from: 'hello@acme.test', ...options });
  const app = await jobsApp({ url }, providers, [module]);
  await app.worker.start();
  return { ...app, mailers: app.app.get(MailersService) };
}

async function catcher(): Promise<[MailCatcher, string]> {
  const mails = new MailCatcher();
  const url = await mails.start();
  onTestFinished(() => mails.stop());
  return [mails, url];
}

describe('deliverLater', () => {
  it('sends over SMTP from the mailers queue, with both bodies and full Unicode', async () => {
    const [mails, transport] = await catcher();
    const { mailers, event } = await start({ transport }, privateUrl(inject('redisUrl')));
    const receipt = await mailers
      .for(UserMailer)
      .welcome({ name: '太郎', email: 'taro@example.test' })
      .deliverLater();
    expect(receipt).toMatchObject({ name: 'DeliverMail', queue: 'mailers', status: 'enqueued' });
    const { outcome } = await event('finished');
    expect(outcome).toMatchObject({ kind: 'completed', result: { accepted: ['taro@example.test'] } });
    expect(mails.mails).toHaveLength(1);
    expect(mails.mails[0]).toMatchObject({
      subject: 'ようこそ、太郎',
      to: [{ name: '太郎', address: 'taro@example.test' }],
      from: { address: 'hello@acme.test' },
      messageId: `<${receipt.id}@acme.test>`,
      text: expect.stringContaining('Hello 太郎'),
      html: expect.stringContaining('<b>太郎</b>'),
    });
  });

  it('takes enqueue options', async () => {
    const { mailers, event } = await start({ transport: new Recorder() });
    await mailers
      .for(ScopedMailer)
      .count({ email: 'a@b.test' })
      .deliverLater({ delay: '1h', queue: 'default', attempts: 2 });
    expect(await event('enqueued')).toMatchObject({ delay: 3_600_000, queue: 'default' });
  });

  it('is retried by the mailers’ policy if the server fails', async () => {
    const recorder = new Recorder();
    recorder.failures = 1;
    const { mailers, event } = await start({ transport: recorder });
    await mailers.for(UserMailer).welcome({ name: 'A', email: 'a@b.test' }).deliverLater();
    const { outcome, attempts } = await event('finished');
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: '421 try again later' } });
    expect((outcome as { retryIn: number }).retryIn).toBeGreaterThanOrEqual(15_000);
    expect(attempts).toBe(20);
  });

  it('refuses a payload that is not JSON at the call', async () => {
    const { mailers } = await start({ transport: new Recorder() });
    const name = new Date() as unknown as string;
    await expect(
      mailers.for(UserMailer).welcome({ name, email: 'a@b.test' }).deliverLater(),
    ).rejects.toMatchObject({
      code: 'FLEDGE_PAYLOAD_INVALID',
    });
  });
});

describe('deliverNow', () => {
  it('builds and sends the mail in this process, with a fresh context for a request-scoped mailer', async () => {
    const recorder = new Recorder();
    const { mailers, close } = await start({ transport: recorder });
    const receipt = await mailers.for(ScopedMailer).count({ email: 'a@b.test' }).deliverNow();
    await mailers.for(ScopedMailer).count({ email: 'a@b.test' }).deliverNow();
    expect(receipt).toMatchObject({ accepted: ['a@b.test'], detail: 'recorded' });
    expect(recorder.sent.map(({ subject }) => subject)).toEqual([
      'Number 1, attempt 1',
      'Number 2, attempt 1',
    ]);
    await close();
    expect(recorder.closed).toBe(true);
  });

  it('throws the error', async () => {
    const { mailers } = await start({ transport: new Recorder() });
    await expect(mailers.for(UserMailer).broken({ email: 'a@b.test' }).deliverNow()).rejects.toMatchObject({
      code: 'FLEDGE_MAIL_INVALID',
    });
  });
});

describe('a mailer and its actions', () => {
  it('must be registered and exist', async () => {
    const { mailers } = await start({ transport: new Recorder() });
    class Stranger {
      async hello(): Promise<Mail> {
        return { to: 'a@b.test', subject: 's', text: 't' };
      }
    }
    expect(() => mailers.for(Stranger).hello()).toThrow(
      /Stranger is not a registered mailer.*FLEDGE_MAILER_NOT_REGISTERED/,
    );
    const wrong = mailers.for(UserMailer) as unknown as Record<string, () => unknown>;
    expect(() => wrong.welcom!()).toThrow(/"welcom".*Did you mean "welcome"\?.*FLEDGE_MAILER_ACTION_UNKNOWN/);
    expect(() => wrong.constructor!()).toThrow(/FLEDGE_MAILER_ACTION_UNKNOWN/);
    expect(() => wrong.toString!()).toThrow(/FLEDGE_MAILER_ACTION_UNKNOWN/);
    // Awaiting the handle by mistake does no harm.
    expect((mailers.for(UserMailer) as { then?: unknown }).then).toBeUndefined();
  });

  it('may not be hooks, accessors or helpers, whatever the store contains', async () => {
    const called: string[] = [];
    @Mailer()
    class CarefulMailer {
      onModuleDestroy(): void {
        called.push('onModuleDestroy');
      }
      get brand(): () => Promise<Mail> {
        called.push('brand');
        return async () => ({ to: 'a@b.test', subject: 's', text: 't' });
      }
      @Action()
      async welcome(): Promise<Mail> {
        return { to: 'a@b.test', subject: 's', text: this.signature() };
      }
      private signature(): string {
        called.push('signature');
        return 'Acme';
      }
    }
    const module = MailersModule.forRoot({ transport: new Recorder(), from: 'hello@acme.test' });
    const { app, jobs } = await jobsApp({ url: 'memory:' }, [CarefulMailer], [module]);
    const job = app.get<object>(DeliverMailJob, { strict: false }).constructor as Type<DeliverMailJob>;
    const names = ['onModuleDestroy', 'brand', 'signature', 'constructor', '__proto__', 'toString', ''];
    for (const action of names) {
      await expect(jobs.perform(job, { mailer: 'CarefulMailer', action }), action).rejects.toMatchObject({
        code: 'FLEDGE_JOB_UNKNOWN',
      });
    }
    expect(called).toEqual([]);
    await jobs.perform(job, { mailer: 'CarefulMailer', action: 'welcome' });
    expect(called).toEqual(['signature']);
    for (const payload of [
      null,
      7,
      {},
      { mailer: {}, action: 'welcome' },
      { mailer: 'x'.repeat(100_000), action: 'y' },
    ])
      await expect(jobs.perform(job, payload as never)).rejects.toMatchObject({
        code: 'FLEDGE_MAIL_INVALID',
      });
  });

  it('must have unique names', async () => {
    @Mailer({ name: 'UserMailer' })
    class Other {}
    const module = MailersModule.forRoot({ transport: new Recorder() });
    await expect(jobsApp({ url: 'memory:' }, [Greeter, UserMailer, Other], [module])).rejects.toThrow(
      /FLEDGE_MAILER_DUPLICATE_NAME/,
    );
  });
});

describe('without SMTP_URL', () => {
  it('writes .eml files and returns their path', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'fledge-mails-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const { mailers } = await start({ directory });
    const { detail } = await mailers
      .for(UserMailer)
      .welcome({ name: 'Ada', email: 'ada@example.test' })
      .deliverNow();
    expect(await readdir(directory)).toEqual([expect.stringMatching(/\.eml$/)]);
    const eml = await readFile(detail, 'utf8');
    expect(eml).toContain('To: Ada <ada@example.test>');
    expect(eml).toContain('Hello Ada');
  });

  it('refuses a URL that is not an SMTP URL, without quoting it', async () => {
    await expect(start({ transport: 'https://user:secret@mail.test' })).rejects.toThrow(
      /^(?!.*secret).*FLEDGE_SMTP_URL_INVALID/,
    );
  });
});

describe('deliverNow to a failing SMTP server', () => {
  it('fails after the greeting timeout if the server never speaks', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const { mailers } = await start({ transport: `smtp://127.0.0.1:${port}?greetingTimeout=1s` });
    await expect(
      mailers.for(UserMailer).welcome({ name: 'A', email: 'a@b.test' }).deliverNow(),
    ).rejects.toThrow(/Greeting never received/);
  });

  it('names the error if nothing listens', async () => {
    const { mailers } = await start({ transport: 'smtp://127.0.0.1:1' });
    await expect(
      mailers.for(UserMailer).welcome({ name: 'A', email: 'a@b.test' }).deliverNow(),
    ).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('jobs that send mail', () => {
  it('can enqueue and send mails while they run', async () => {
    @Job()
    class SignUpJob {
      constructor(private readonly mailers: MailersService) {}
      async perform({ email }: { email: string }): Promise<void> {
        await this.mailers.for(UserMailer).welcome({ name: 'Ada', email }).deliverLater();
      }
    }
    const recorder = new Recorder();
    const module = MailersModule.forRoot({ transport: recorder, from: 'hello@acme.test' });
    const { jobs, worker } = await jobsApp({ url: 'memory:' }, [...providers, SignUpJob], [module]);
    await worker.start();
    await jobs.enqueue(SignUpJob, { email: 'ada@example.test' });
    await until('the mail is there', () => recorder.sent.length === 1);
  });
});
