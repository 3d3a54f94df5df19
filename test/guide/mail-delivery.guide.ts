import { Injectable, type DynamicModule } from '@nestjs/common';
import { JobEvents } from 'nestjs-fledge';
import {
  allowOnly,
  Mailer,
  MailersModule,
  MailersService,
  MailTransport,
  MemoryTransport,
  NodemailerTransport,
  redirectAll,
  type Mail,
  type MailMiddleware,
  type MailReceipt,
  type OutgoingDelivery,
} from 'nestjs-fledge/mailers';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { SmtpProcess } from '../support/smtp-process.js';

// #region bulk-mailer
@Mailer({ defaults: { from: 'Acme News <news@acme.test>', transport: 'bulk' } })
export class NewsMailer {
  async issue({ readerId }: { readerId: string }): Promise<Mail> {
    return { to: `${readerId}@example.test`, subject: 'This week', text: 'News' };
  }
}
// #endregion

@Mailer()
class AccountMailer {
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: `${userId}@example.test`, subject: 'Welcome', text: 'Hello' };
  }
}

// #region middleware
@Injectable()
export class MarkStage implements MailMiddleware {
  async handle(delivery: OutgoingDelivery, next: () => Promise<MailReceipt>): Promise<void> {
    const { mail, mailer } = delivery;
    if (mailer === 'NewsMailer') return; // no newsletters from here
    delivery.mail = { ...mail, subject: `[staging] ${mail.subject}` };
    await next();
  }
}
// #endregion

export function mailDeliveryGuide(kind: string, url: () => string): void {
  const start = async (module: DynamicModule): Promise<JobsApp & { mailers: MailersService }> => {
    const app = await jobsApp({ url: url() }, [AccountMailer, NewsMailer, MarkStage], [module]);
    await app.worker.start();
    return { ...app, mailers: app.app.get(MailersService) };
  };
  const memory = (app: JobsApp): MemoryTransport => app.app.get(MailTransport, { strict: false });

  describe(`docs/mailers.md, delivery, on ${kind}`, () => {
    it('deliverLater, deliverNow and deliverAllLater', async () => {
      const transports = { bulk: 'memory:' };
      const app = await start(
        MailersModule.forRoot({ transport: 'memory:', transports, from: 'a@acme.test' }),
      );
      const { mailers } = app;
      const readers = Array.from({ length: 20 }, (_, i) => `r${i}`);
      // #region deliver
      await mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverLater();
      await mailers.for(AccountMailer).welcome({ userId: 'u2' }).deliverLater({ delay: '5m', priority: 1 });
      const receipt = await mailers.for(AccountMailer).welcome({ userId: 'u3' }).deliverNow();
      await mailers.for(NewsMailer).issue.deliverAllLater(readers.map((readerId) => ({ readerId })));
      // #endregion
      expect(receipt.accepted).toEqual(['u3@example.test']);
      const news = (): number => app.events.filter(({ type }) => type === 'mail-delivered').length;
      await app.event('mail-delivered', () => news() === 22);
    });

    it('an SMTP transport with its settings, and another transport for bulk mail', async () => {
      const server = await SmtpProcess.start();
      process.env.SMTP_URL = server.url;
      const module = (() => {
        // #region transports
        return MailersModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: {
            url: process.env.SMTP_URL,
            maxConnections: 3,
            rate: { messages: 10, per: '1s' },
            timeouts: { connection: '5s', socket: '30s' },
          },
          transports: { bulk: 'ses:eu-west-1' },
        });
        // #endregion
      })();
      delete process.env.SMTP_URL;
      const { mailers } = await start(module);
      await mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverNow();
      expect(await server.received(1)).toMatchObject([{ to: ['u1@example.test'] }]);
      await expect(mailers.for(NewsMailer).issue({ readerId: 'r1' }).deliverNow()).rejects.toThrow(
        /npm install @aws-sdk\/client-sesv2/,
      );
    });

    it('any nodemailer transporter with plugins', async () => {
      const sent: string[] = [];
      const unsubscribe = (mail: { data: { subject: string } }, done: () => void): void => {
        sent.push(mail.data.subject);
        done();
      };
      // #region nodemailer
      const transport = new NodemailerTransport(createTransport({ jsonTransport: true }), {
        description: 'JSON',
        plugins: [(transporter) => transporter.use('compile', unsubscribe)],
      });
      // #endregion
      const bulk = 'memory:';
      const module = MailersModule.forRoot({ transport, transports: { bulk }, from: 'a@acme.test' });
      const { mailers } = await start(module);
      const receipt = await mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverNow();
      expect(receipt).toMatchObject({ accepted: ['u1@example.test'], detail: 'JSON' });
      expect(sent).toEqual(['Welcome']);
    });

    it('retry options of mailers', async () => {
      // #region policy
      const options = { policy: { attempts: 8, backoff: ['1m', '10m', '1h'] } } as const;
      // #endregion
      const transports = { bulk: 'memory:' };
      const server = await SmtpProcess.start({ script: { mail: '451 4.3.0 later' } });
      const all = { transport: server.url, transports, from: 'a@acme.test', ...options };
      const { mailers, event } = await start(MailersModule.forRoot(all));
      await mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverLater();
      expect(await event('finished')).toMatchObject({ attempts: 8, outcome: { retryIn: 60_000 } });
    });

    it('a mail middleware', async () => {
      const transports = { bulk: 'memory:' };
      const middleware = [MarkStage];
      const all = { transport: 'memory:', transports, middleware, from: 'a@acme.test' };
      const app = await start(MailersModule.forRoot(all));
      const lines: string[] = [];
      // #region events
      app.app.get(JobEvents).subscribe((event) => {
        if (event.type === 'mail-delivered') lines.push(`${event.mailer} to ${event.recipients}`);
        if (event.type === 'mail-vetoed') lines.push(`${event.mailer} vetoed by ${event.by}`);
        if (event.type === 'mail-transport-broken') lines.push(`page the operator: ${event.message}`);
      });
      // #endregion
      await app.mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverNow();
      await app.mailers.for(NewsMailer).issue({ readerId: 'r1' }).deliverNow();
      expect(memory(app).sent).toMatchObject([{ subject: '[staging] Welcome' }]);
      expect(lines).toEqual(['AccountMailer to 1', 'NewsMailer vetoed by MarkStage']);
    });

    it('redirectAll and allowOnly in staging', async () => {
      const transport = 'memory:';
      const transports = { bulk: 'memory:' };
      const redirected = MailersModule.forRoot({
        transport,
        transports,
        from: 'a@acme.test',
        // #region redirect
        middleware: [redirectAll('staging@acme.test', { keep: ['@acme.test'] })],
        // #endregion
      });
      const allowed = MailersModule.forRoot({
        transport,
        transports,
        from: 'a@acme.test',
        // #region allow
        middleware: [allowOnly(['@acme.test', 'qa@partner.test'])],
        // #endregion
      });
      const first = await start(redirected);
      await first.mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverNow();
      expect(memory(first).sent).toMatchObject([
        { to: [{ address: 'staging@acme.test' }], headers: { 'X-Original-To': 'u1@example.test' } },
      ]);
      const second = await start(allowed);
      expect(await second.mailers.for(AccountMailer).welcome({ userId: 'u1' }).deliverNow()).toMatchObject({
        vetoed: true,
      });
    });
  });
}
