import { Injectable, Module, type DynamicModule, type INestApplication, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { JobsModule } from 'nestjs-fledge';
import { examples, Mailer, MailersModule, MailPreview, type Mail } from 'nestjs-fledge/mailers';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const hostile = `<script>document.title='ran'</script>"'&`;

@Injectable()
export class Articles {
  titles(count: number): string[] {
    return Array.from({ length: count }, (_, i) => `Article ${i + 1}`);
  }
}

@Mailer()
export class NewsMailer {
  async digest({ titles }: { titles: readonly string[] }): Promise<Mail> {
    return {
      to: { name: 'Ada Lovelace', address: 'ada@example.test' },
      cc: 'bob@example.test',
      bcc: 'archive@example.test',
      subject: `This week: ${titles.length} articles`,
      text: titles.join('\n'),
      html: `<h1>This week</h1><ul>${titles.map((title) => `<li>${title}</li>`).join('')}</ul>
        <img id="remote" src="https://tracker.test/pixel.gif" alt=""><a href="https://acme.test/">Read on</a>`,
      headers: { 'List-Unsubscribe': '<https://acme.test/unsubscribe>' },
    };
  }

  async reminder(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'A reminder', text: 'Do not forget.' };
  }

  async unpreviewed(_payload: { id: string }): Promise<Mail> {
    throw new Error('never called');
  }
}

const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Has templates in two languages, in `previewFolder`. */
@Mailer({ subjects: { invoice: { en: 'Invoice {{ number }}', ja: '請求書 {{ number }}' } } })
export class BillMailer {
  async invoice({ number }: { number: number }): Promise<Mail> {
    return {
      to: 'Ada <ada@example.test>',
      data: { number },
      attachments: [
        { content: pixel, filename: 'logo.gif', cid: 'logo' },
        { content: `number\n${number}\n`, filename: `invoice ${number} <b>.csv`, contentType: 'text/csv' },
      ],
    };
  }
}

@MailPreview(BillMailer)
export class BillMailerPreview {
  invoice() {
    return { number: 7 };
  }
}

/** Creates a folder with templates, which can also receive mails. It is removed when the test ends. */
export async function previewFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fledge-previews-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'bill-mailer'));
  await writeFile(
    join(folder, 'bill-mailer/invoice.html.liquid'),
    '<p>Dear Ada</p><img src="cid:logo" alt="">',
  );
  await writeFile(join(folder, 'bill-mailer/invoice.ja.html.liquid'), '<p>Ada 様</p>');
  return folder;
}

@Mailer()
export class BrokenMailer {
  async always(): Promise<Mail> {
    throw new TypeError(`no account ${hostile}`);
  }

  async hostile({ name }: { name: string }): Promise<Mail> {
    return {
      to: { name, address: 'ada@example.test' },
      subject: name,
      text: name,
      html: `${name}<form action="/"><button>Go</button></form>`,
      headers: { 'X-Name': name },
    };
  }
}

@MailPreview(NewsMailer)
export class NewsMailerPreview {
  constructor(private readonly articles: Articles) {}

  async digest() {
    return examples({
      'two articles': { titles: this.articles.titles(2) },
      [hostile]: { titles: this.articles.titles(50) },
    });
  }
}

@MailPreview(BrokenMailer)
export class BrokenMailerPreview {
  hostile() {
    return { name: hostile };
  }
}

export const previewProviders: Provider[] = [
  Articles,
  NewsMailer,
  BillMailer,
  BillMailerPreview,
  BrokenMailer,
  NewsMailerPreview,
  BrokenMailerPreview,
];

export type Platform = 'express' | 'fastify';

export interface PreviewAppOptions {
  readonly providers?: Provider[];
  /** The URL of the jobs' store. @default memory, which production refuses */
  readonly url?: string;
  /** Called before the application listens. */
  readonly change?: (app: INestApplication) => void;
  /** The address to listen on. @default 127.0.0.1 */
  readonly address?: string;
  /** Options of Fastify. */
  readonly fastify?: ConstructorParameters<typeof FastifyAdapter>[0];
}

/** Creates a web application with these mailers that listens. It closes when the test ends. */
export async function previewApp(
  platform: Platform,
  mailers: Parameters<typeof MailersModule.forRoot>[0] | DynamicModule = {},
  {
    providers = previewProviders,
    url = 'memory:',
    change,
    address = '127.0.0.1',
    fastify,
  }: PreviewAppOptions = {},
): Promise<INestApplication> {
  const module =
    'module' in mailers ? mailers : MailersModule.forRoot({ from: 'Acme <hello@acme.test>', ...mailers });
  @Module({ imports: [JobsModule.forRoot({ url }), module], providers })
  class TestModule {}
  const quietly = { abortOnError: false };
  const app: INestApplication =
    platform === 'express'
      ? await NestFactory.create(TestModule, quietly)
      : await NestFactory.create<NestFastifyApplication>(TestModule, new FastifyAdapter(fastify), quietly);
  onTestFinished(() => app.close());
  change?.(app);
  await app.listen(0, address);
  return app;
}
