import { Injectable } from '@nestjs/common';
import { BulkEnqueueError, JobsInspector, type JobEvent } from 'nestjs-fledge';
import {
  allowOnly,
  Mailer,
  MailersModule,
  MailersService,
  MailTransport,
  MemoryTransport,
  redirectAll,
  type Mail,
  type MailDelivery,
  type MailersOptions,
  type MailMiddleware,
  type MailReceipt,
  type OutgoingDelivery,
  type OutgoingMail,
} from 'nestjs-fledge/mailers';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

interface Letter {
  readonly to: string | string[];
  readonly subject?: string;
  readonly transport?: string;
}

@Mailer()
class LetterMailer {
  async letter({ to, subject = 'A letter', transport }: Letter): Promise<Mail> {
    return { to, subject, text: 'Hello', ...(transport && { transport }) };
  }
  async copies({ to, cc, bcc }: { to: string; cc: string[]; bcc: string }): Promise<Mail> {
    return { to, cc, bcc, subject: 'Copies', text: 'Hello' };
  }
}

@Mailer({ defaults: { transport: 'bulk' } })
class NewsMailer {
  async issue({ readerId }: { readerId: number }): Promise<Mail> {
    return { to: `reader${readerId}@example.test`, subject: 'News', text: 'News' };
  }
}

@Injectable()
class Footer {
  readonly text = 'Acme, Berlin';
}

@Injectable()
class AddFooter implements MailMiddleware {
  constructor(private readonly footer: Footer) {}
  async handle(delivery: OutgoingDelivery, next: () => Promise<MailReceipt>): Promise<MailReceipt> {
    const { mail } = delivery;
    delivery.mail = { ...mail, text: `${mail.text}\n${this.footer.text}` };
    return next();
  }
}

class NotOnSundays implements MailMiddleware {
  async handle(): Promise<void> {}
}

type App = JobsApp & { mailers: MailersService; memory: MemoryTransport };

const eventsOf = ({ events }: JobsApp, type: JobEvent['type']): JobEvent[] =>
  events.filter((event) => event.type === type);
const addresses = (list: OutgoingMail['to']): string[] => list.map(({ address }) => address);

export function mailHooksBehaviour(kind: string, url: () => string): void {
  const start = async (options: MailersOptions = {}): Promise<App> => {
    const all = {
      from: 'hello@acme.test',
      transport: 'memory:',
      transports: { bulk: 'memory:' },
      ...options,
    };
    const module = MailersModule.forRoot(all);
    const app = await jobsApp({ url: url() }, [LetterMailer, NewsMailer, Footer, AddFooter], [module]);
    await app.worker.start();
    const memory = app.app.get<MemoryTransport>(MailTransport, { strict: false });
    return { ...app, mailers: app.app.get(MailersService), memory };
  };
  const letter = (app: App, to: string | string[]): MailDelivery<keyof Letter> =>
    app.mailers.for(LetterMailer).letter({ to });

  describe(`mail middleware, on ${kind}`, () => {
    it('changes mails with an injected provider', async () => {
      const app = await start({ middleware: [AddFooter] });
      await letter(app, 'ada@example.test').deliverLater();
      await app.event('mail-delivered');
      expect(app.memory.sent).toMatchObject([{ text: 'Hello\nAcme, Berlin' }]);
    });

    it('cannot add a header by a line break', async () => {
      const middleware: MailMiddleware = {
        handle: async (delivery, next) => {
          delivery.mail = { ...delivery.mail, subject: 'Hi\r\nBcc: eve@evil.test' };
          return next();
        },
      };
      const app = await start({ middleware: [middleware] });
      await letter(app, 'ada@example.test').deliverLater();
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'FLEDGE_MAIL_INVALID' } });
      expect(outcome).not.toHaveProperty('retryIn');
      expect(app.memory.sent).toEqual([]);
    });

    it('vetoes a mail: the job is discarded, and an event names the middleware', async () => {
      const app = await start({ middleware: [NotOnSundays] });
      await letter(app, 'ada@example.test').deliverLater();
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'discarded', error: { code: 'FLEDGE_JOB_DISCARDED' } });
      expect(eventsOf(app, 'mail-vetoed')).toMatchObject([
        { name: 'DeliverMail', mailer: 'LetterMailer', action: 'letter', by: 'NotOnSundays' },
      ]);
      const receipt = await letter(app, 'ada@example.test').deliverNow();
      expect(receipt).toMatchObject({ accepted: [], vetoed: true, detail: 'vetoed by NotOnSundays' });
    });

    it('that throws after the mail was sent does not send it again', async () => {
      let failures = 1;
      const middleware: MailMiddleware = {
        handle: async (_delivery, next) => {
          await next();
          if (failures-- > 0) throw new Error('the archive is full');
        },
      };
      const app = await start({ middleware: [middleware], policy: { backoff: 1 } });
      await letter(app, 'ada@example.test').deliverLater();
      const { outcome } = await app.event('finished', (event) => event.outcome.kind === 'completed');
      expect(app.memory.sent).toHaveLength(1);
      const { messageId } = app.memory.sent[0]!;
      expect(outcome).toMatchObject({ result: { earlier: true, detail: 'kept in memory', messageId } });
    });

    it('that catches the error of a failed delivery does not lose the mail', async () => {
      const broken = new (class extends MailTransport {
        readonly description = 'broken';
        async send(): Promise<never> {
          throw new Error('not now');
        }
      })();
      const forgiving: MailMiddleware = { handle: (_delivery, next) => next().catch(() => undefined) };
      const app = await start({ transport: broken, middleware: [forgiving] });
      await letter(app, 'ada@example.test').deliverLater();
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'not now' } });
      expect(eventsOf(app, 'mail-vetoed')).toEqual([]);
    });

    it('that does not await next() sends the mail once, and the attempt waits for it', async () => {
      const slow = new (class extends MemoryTransport {
        override async send(mail: OutgoingMail): Promise<MailReceipt> {
          await new Promise((resolve) => setImmediate(resolve));
          return super.send(mail);
        }
      })();
      const hasty: MailMiddleware = {
        handle: async (_delivery, next) => {
          void next();
          void next();
        },
      };
      const app = await start({ transport: slow, middleware: [hasty] });
      await letter(app, 'ada@example.test').deliverLater();
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'completed', result: { detail: 'kept in memory' } });
      expect(slow.sent).toHaveLength(1);
    });

    it('that cannot be created stops the boot', async () => {
      @Injectable()
      class NeedsMore implements MailMiddleware {
        constructor(readonly missing: Map<string, string>) {}
        async handle(): Promise<void> {}
      }
      await expect(start({ middleware: [NeedsMore] })).rejects.toMatchObject({
        code: 'FLEDGE_MIDDLEWARE_UNAVAILABLE',
      });
    });
  });

  it(`the store keeps the number of recipients and not their addresses, on ${kind}`, async () => {
    const app = await start();
    const { id } = await app.mailers.for(NewsMailer).issue({ readerId: 1 }).deliverLater();
    const { outcome } = await app.event('finished');
    expect(outcome).toMatchObject({ result: { accepted: ['reader1@example.test'] } });
    const inspector = app.app.get(JobsInspector);
    await until('it is kept', async () => (await inspector.find(id))?.state === 'completed');
    expect((await inspector.find(id))?.result).toEqual({
      messageId: `<${id}@acme.test>`,
      accepted: 1,
      rejected: 0,
      detail: 'kept in memory',
    });
  });

  describe(`a mail that can never be sent, on ${kind}`, () => {
    it.each<[string, string, Partial<Letter>, MailersOptions]>([
      ['a hostile address', 'FLEDGE_MAIL_INVALID', { to: `${' '.repeat(100_000)}x` }, {}],
      ['a subject with a line break', 'FLEDGE_MAIL_INVALID', { subject: 'Hi\r\nBcc: e@evil.test' }, {}],
      ['a mail above maxSize', 'FLEDGE_MAIL_TOO_LARGE', {}, { maxSize: 10 }],
    ])('dies after its first attempt: %s', async (_, code, payload, options) => {
      // A rule that retries every error does not change this.
      const policy = { attempts: 5, backoff: 1, retryOn: [{ error: Error, attempts: 9 }] };
      const app = await start({ ...options, policy });
      const { id } = await app.mailers
        .for(LetterMailer)
        .letter({ to: 'ada@example.test', ...payload })
        .deliverLater();
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'failed', error: { code } });
      expect(outcome).not.toHaveProperty('retryIn');
      const inspector = app.app.get(JobsInspector);
      await until('it is dead', async () => (await inspector.find(id))?.state === 'dead');
      expect(await inspector.find(id)).toMatchObject({ attempt: 1, error: { code } });
    });
  });

  describe(`redirectAll and allowOnly, on ${kind}`, () => {
    const copies = {
      to: 'ada@example.test',
      cc: ['bob@example.test', 'QA@Acme.test'],
      bcc: 'cy@example.test',
    };

    it('redirectAll sends every mail to one address, and names the original recipients in headers', async () => {
      const app = await start({ middleware: [redirectAll('staging@acme.test')] });
      await app.mailers.for(LetterMailer).copies(copies).deliverNow();
      const mail = app.memory.sent[0]!;
      expect([mail.to, mail.cc, mail.bcc].map(addresses)).toEqual([['staging@acme.test'], [], []]);
      expect(mail.headers).toEqual({
        'X-Original-To': 'ada@example.test',
        'X-Original-Cc': 'bob@example.test, QA@Acme.test',
        'X-Original-Bcc': 'cy@example.test',
      });
    });

    it('redirectAll shortens the header of a mail with thousands of recipients', async () => {
      const app = await start({ middleware: [redirectAll('staging@acme.test')] });
      const to = Array.from({ length: 2_000 }, (_, i) => `reader-${i}@example.test`);
      await letter(app, to).deliverNow();
      const { 'X-Original-To': header } = app.memory.sent[0]!.headers;
      const [, named, left] = /^(reader-0@.*), and (\d+) more$/.exec(header!)!;
      expect(named!.split(', ')).toEqual(to.slice(0, 2_000 - Number(left)));
      expect(header!.length).toBeGreaterThan(19_900);
    });

    it('redirectAll does not redirect addresses in keep', async () => {
      const app = await start({
        middleware: [redirectAll('staging@acme.test', { keep: ['@acme.test', 'cy@example.test'] })],
      });
      await app.mailers.for(LetterMailer).copies(copies).deliverNow();
      await letter(app, 'boss@acme.test').deliverNow();
      const [mail, untouched] = app.memory.sent;
      expect([mail!.to, mail!.cc, mail!.bcc].map(addresses)).toEqual([
        ['staging@acme.test'],
        ['QA@Acme.test'],
        ['cy@example.test'],
      ]);
      expect(untouched).toMatchObject({ to: [{ address: 'boss@acme.test' }], headers: {} });
    });

    it('allowOnly removes other recipients, and vetoes a mail without any left', async () => {
      const app = await start({ middleware: [allowOnly(['@acme.test', 'cy@example.test'])] });
      await app.mailers.for(LetterMailer).copies(copies).deliverNow();
      expect(await letter(app, 'ada@acme.test.evil.test').deliverNow()).toMatchObject({ vetoed: true });
      expect(app.memory.sent.map(({ to, cc, bcc }) => [to, cc, bcc].map(addresses))).toEqual([
        [[], ['QA@Acme.test'], ['cy@example.test']],
      ]);
      expect(eventsOf(app, 'mail-vetoed')).toMatchObject([{ by: 'AllowOnly' }]);
    });

    it.each([['acme.test'], ['a@b@c'], ['']])(
      'both refuse %j, which is neither an address nor a domain',
      (entry) => {
        expect(() => allowOnly([entry])).toThrow(/allowOnly has .*FLEDGE_OPTION_INVALID/);
        expect(() => redirectAll('a@acme.test', { keep: [entry] })).toThrow(/redirectAll: keep has/);
      },
    );
  });

  describe(`transports by name, on ${kind}`, () => {
    it('are taken from the mail, then from its mailer', async () => {
      const bulk = new MemoryTransport();
      const app = await start({ transports: { bulk } });
      await app.mailers.for(NewsMailer).issue({ readerId: 1 }).deliverNow();
      await app.mailers.for(LetterMailer).letter({ to: 'ada@example.test', transport: 'bulk' }).deliverNow();
      await letter(app, 'bob@example.test').deliverNow();
      expect(bulk.sent.flatMap(({ to }) => addresses(to))).toEqual([
        'reader1@example.test',
        'ada@example.test',
      ]);
      expect(app.memory.sent.flatMap(({ to }) => addresses(to))).toEqual(['bob@example.test']);
      expect(eventsOf(app, 'mail-delivered')).toMatchObject([
        { transport: 'bulk' },
        { transport: 'bulk' },
        { transport: 'default', recipients: 1, detail: 'kept in memory' },
      ]);
    });

    it('that do not exist stop the boot if a mailer names them, and fail a mail that names them', async () => {
      await expect(start({ transports: { bulky: 'memory:' } })).rejects.toThrow(
        /Unknown transport "bulk" of @Mailer\(\) of NewsMailer\..*Use one of default, bulky\..*FLEDGE_MAIL_TRANSPORT_UNKNOWN/,
      );
      await expect(start({ transports: { bulk: 'memory:', default: 'memory:' } })).rejects.toThrow(
        /FLEDGE_OPTION_INVALID/,
      );
      const app = await start();
      const lost = app.mailers.for(LetterMailer).letter({ to: 'ada@example.test', transport: 'blk' });
      await expect(lost.deliverNow()).rejects.toMatchObject({ code: 'FLEDGE_MAIL_TRANSPORT_UNKNOWN' });
    });

    it('are all closed with the application', async () => {
      const closed: string[] = [];
      class Closing extends MemoryTransport {
        constructor(private readonly name: string) {
          super();
        }
        override async close(): Promise<void> {
          closed.push(this.name);
          throw new Error('it hangs');
        }
      }
      const app = await start({
        transport: new Closing('default'),
        transports: { bulk: new Closing('bulk') },
      });
      await app.close();
      expect(closed).toEqual(['default', 'bulk']);
    });
  });

  describe(`deliverLater and deliverAllLater, on ${kind}`, () => {
    it('enqueue one job for each payload', async () => {
      const bulk = new MemoryTransport();
      const app = await start({ transports: { bulk } });
      const readers = Array.from({ length: 600 }, (_, readerId) => ({ readerId }));
      const receipts = await app.mailers.for(NewsMailer).issue.deliverAllLater(readers);
      const sent = receipts.filter(({ status, queue }) => status === 'enqueued' && queue === 'mailers');
      expect(sent).toHaveLength(600);
      expect(eventsOf(app, 'bulk-enqueued')).toMatchObject([{ count: 600 }]);
      await until('all are sent', () => bulk.sent.length === 600);
      expect(new Set(bulk.sent.map(({ messageId }) => messageId)).size).toBe(600);
    });

    it('take options for all payloads or for each', async () => {
      const app = await start();
      const { issue } = app.mailers.for(NewsMailer);
      const later = await issue.deliverAllLater([{ readerId: 1 }], { delay: '1h', queue: 'default' });
      expect(later).toMatchObject([{ queue: 'default', status: 'enqueued' }]);
      const each = await issue.deliverAllLater([{ readerId: 1 }, { readerId: 1 }], ({ readerId }) => ({
        delay: readerId * 3_600_000,
        unique: { by: ['readerId'] },
      }));
      expect(each).toMatchObject([{ status: 'enqueued' }, { status: 'duplicate', duplicateOf: each[0]!.id }]);
    });

    it('throw an error with the receipts if a payload is invalid', async () => {
      const app = await start();
      const payloads = [{ readerId: 1 }, { readerId: Number.NaN }];
      const sent = app.mailers.for(NewsMailer).issue.deliverAllLater(payloads);
      await expect(sent).rejects.toThrow(BulkEnqueueError);
    });

    it('compare unique mails by their payload, per mailer and action', async () => {
      const app = await start();
      const { letter, copies } = app.mailers.for(LetterMailer);
      const to = 'ada@example.test';
      const later = { delay: '1h', unique: { by: ['to'] } } as const;
      const first = await letter({ to, subject: 'one' }).deliverLater(later);
      expect(await letter({ to, subject: 'two' }).deliverLater(later)).toMatchObject({
        status: 'duplicate',
        duplicateOf: first.id,
      });
      expect(await letter({ to: 'bob@example.test' }).deliverLater(later)).toMatchObject({
        status: 'enqueued',
      });
      expect(await copies({ to, cc: [], bcc: to }).deliverLater(later)).toMatchObject({ status: 'enqueued' });
    });

    it('use the mailers’ policy unless the call overrides it', async () => {
      class Failing extends MemoryTransport {
        override async send(): Promise<MailReceipt> {
          throw Object.assign(new Error('no connection'), { code: 'ECONNECTION' });
        }
      }
      const app = await start({ transport: new Failing(), policy: { attempts: 3, backoff: '7s' } });
      const { id } = await letter(app, 'ada@example.test').deliverLater();
      const own = await letter(app, 'bob@example.test').deliverLater({ attempts: 1 });
      const ofFirst = await app.event('finished', (event) => event.id === id);
      expect(ofFirst).toMatchObject({ attempts: 3, outcome: { kind: 'failed', retryIn: 7_000 } });
      const ofOwn = await app.event('finished', (event) => event.id === own.id);
      expect(ofOwn).toMatchObject({ attempts: 1, outcome: { kind: 'failed' } });
    });
  });
}
