import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  address,
  Mailer,
  MailersModule,
  MailersService,
  MjmlEngine,
  TemplateEngine,
  type Mail,
  type Template,
  type TemplateContext,
} from 'nestjs-fledge/mailers';
import { describe, expect, it } from 'vitest';
import { mailCatcher } from '../support/mail-app.js';
import { jobsApp } from '../support/jobs-app.js';

interface Order {
  readonly customer: string;
  readonly email: string;
  readonly locale: string;
  readonly number: string;
  readonly lines: readonly { readonly title: string; readonly count: number }[];
}

@Injectable()
class Orders {
  async get(orderId: string): Promise<Order> {
    const locale = orderId.startsWith('jp') ? 'ja-JP' : 'en-GB';
    const customer = locale === 'ja-JP' ? '山田太郎' : 'Lovelace, Ada <3';
    const lines = [{ title: 'Tea & <b>biscuits</b>', count: 2 }];
    return { customer, email: 'customer@example.test', locale, number: orderId, lines };
  }

  async bill(orderId: string): Promise<Buffer> {
    return Buffer.from(`%PDF ${orderId}`);
  }
}

// #region mailer
@Mailer({
  defaults: { from: 'Acme <shop@acme.test>', replyTo: 'help@acme.test' },
  subjects: { receipt: { en: 'Your order {{ number }}', ja: 'ご注文 {{ number }} について' } },
})
export class OrderMailer {
  constructor(private readonly orders: Orders) {}

  async receipt({ orderId }: { orderId: string }): Promise<Mail> {
    const { customer, email, locale, lines, number } = await this.orders.get(orderId);
    return {
      to: address(customer, email),
      locale,
      data: { customer, lines, number, url: `https://acme.test/orders/${orderId}` },
      attachments: [{ path: 'logo.png', cid: 'logo' }],
    };
  }
}
// #endregion

@Mailer()
export class FilesMailer {
  constructor(private readonly orders: Orders) {}

  async all({ orderId }: { orderId: string }): Promise<Mail> {
    // #region attachments
    const attachments: Mail['attachments'] = [
      { filename: 'bill.pdf', content: await this.orders.bill(orderId) },
      { filename: 'rows.csv', content: Readable.from(['sku,count\n', 'tea,2\n']), contentType: 'text/csv' },
      { path: 'logo.png', cid: 'logo' },
      { ref: `s3:terms/2026.txt` },
    ];
    // #endregion
    return { to: 'a@example.test', subject: 'Files', text: 'All files', attachments };
  }
}

const objects = {
  async stream(key: string): Promise<Readable> {
    return Readable.from([`object ${key}`]);
  },
};

const root = fileURLToPath(new URL('.', import.meta.url));

function module(transport: string) {
  // #region options
  return MailersModule.forRoot({
    transport,
    from: 'hello@acme.test',
    locale: 'en',
    templates: { directory: `${root}/mails` },
    attachments: {
      roots: [`${root}/files`],
      sources: { s3: (key) => objects.stream(key) },
    },
    maxSize: 10_000_000,
  });
  // #endregion
}

// #region engine
export class PlaceholderEngine extends TemplateEngine {
  readonly extension = 'tpl';

  async render(template: Template, variables: Record<string, unknown>, { part, content }: TemplateContext) {
    return template.source.replace(/%(\w+)%/g, (_, name: string) => {
      if (name === 'content') return content ?? '';
      const text = String(variables[name]);
      return part === 'html' ? text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`) : text;
    });
  }
}
// #endregion

export function mailContentGuide(kind: string, url: () => string): void {
  const start = async () => {
    const [catcher, transport] = await mailCatcher();
    const app = await jobsApp({ url: url() }, [Orders, OrderMailer, FilesMailer], [module(transport)]);
    await app.worker.start();
    return { ...app, catcher, mailers: app.app.get(MailersService) };
  };

  describe(`docs/mailers.md, content, on ${kind}`, () => {
    it('a mail from templates in two languages', async () => {
      const { mailers, catcher, event } = await start();
      await mailers.for(OrderMailer).receipt({ orderId: '7' }).deliverLater();
      await event('finished', ({ outcome }) => outcome.kind === 'completed');
      await mailers.for(OrderMailer).receipt({ orderId: 'jp-8' }).deliverNow();
      const [english, japanese] = catcher.mails;
      expect(english).toMatchObject({
        subject: 'Your order 7',
        from: { name: 'Acme', address: 'shop@acme.test' },
        to: [{ name: 'Lovelace, Ada <3', address: 'customer@example.test' }],
        html: expect.stringContaining('Tea &#38; &#60;b&#62;biscuits&#60;/b&#62;') as string,
        text: expect.stringContaining('2 × Tea & <b>biscuits</b>') as string,
        attachments: [{ filename: 'logo.png', contentId: '<logo>', related: true }],
      });
      expect(japanese).toMatchObject({
        subject: 'ご注文 jp-8 について',
        text: expect.stringContaining('山田太郎様、ありがとうございます') as string,
      });
    });

    it('attachments of each kind', async () => {
      const { mailers, catcher, event } = await start();
      await mailers.for(FilesMailer).all({ orderId: '7' }).deliverLater();
      await event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(catcher.mails[0]!.attachments.map(({ filename, mimeType }) => [filename, mimeType])).toEqual(
        expect.arrayContaining([
          ['bill.pdf', 'application/pdf'],
          ['rows.csv', 'text/csv'],
          ['logo.png', 'image/png'],
          ['2026.txt', 'text/plain'],
        ]),
      );
    });
  });
}

export function mjmlOptions() {
  // #region mjml
  return MailersModule.forRoot({ templates: { engine: new MjmlEngine() } });
  // #endregion
}
