import {
  Injectable,
  Module,
  SetMetadata,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import PostalMime from 'postal-mime';
import { map } from 'rxjs';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import {
  BillMailer,
  hostile,
  NewsMailer,
  previewApp,
  previewFolder,
  type Platform,
} from '../support/preview-app.js';
import { JobEvents } from 'nestjs-fledge';
import { AccountsService } from '../../src/app/accounts/accounts.service.js';
import { AppModule } from '../../src/app/app.module.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';

const escaped = '&lt;script&gt;document.title=&#39;ran&#39;&lt;/script&gt;&quot;&#39;&amp;';
const platforms: Platform[] = ['express', 'fastify'];

/** Returns a function that requests a path of the application. */
function asking(app: Awaited<ReturnType<typeof previewApp>>) {
  return async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, await app.getUrl()), { headers });
    const { status } = response;
    const body = Buffer.from(await response.arrayBuffer());
    return { status, headers: response.headers, body, text: body.toString() };
  };
}

describe.each(platforms)('previews on %s', (platform) => {
  it.each<[string, (app: INestApplication) => unknown, object]>([
    ['/mails', () => undefined, {}],
    ['/api/mails', (app) => app.setGlobalPrefix('api'), {}],
    ['/v1/api/dev/mails', (app) => app.setGlobalPrefix('/v1/api/'), { path: '/dev/mails/' }],
    ['/mails', (app) => app.setGlobalPrefix('api', { exclude: ['mails'] }), {}],
  ])('log their address once the application listens: %s', async (path, change, preview) => {
    const urls: string[] = [];
    const app = await previewApp(
      platform,
      { preview },
      {
        change: (created) => {
          change(created);
          created.get(JobEvents).subscribe((event) => {
            if (event.type === 'mail-previews-listening') urls.push(event.url);
          });
        },
      },
    );
    const { port } = new URL(await app.getUrl());
    expect(urls).toEqual([`http://localhost:${port}${path}`]);
    expect((await asking(app)(path)).status).toBe(200);
  });

  it('list mailers and their actions', async () => {
    const get = asking(await previewApp(platform));
    const { status, headers, text } = await get('/mails');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).toContain('href="./mails/preview/NewsMailer/digest"');
    expect(text).toContain('href="./mails/preview/NewsMailer/reminder"');
    expect(text.match(/no preview yet/g)).toHaveLength(1);
  });

  it('show a mail with envelope, headers, text, html in a frame, and examples', async () => {
    const get = asking(await previewApp(platform));
    const { status, text } = await get('/mails/preview/NewsMailer/digest');
    expect(status).toBe(200);
    expect(text).toContain('<h1>This week: 2 articles</h1>');
    for (const address of [
      'Acme &lt;hello@acme.test&gt;',
      'Ada Lovelace &lt;ada@example.test&gt;',
      'bob@example.test',
      'archive@example.test',
    ])
      expect(text).toContain(`<dd>${address}</dd>`);
    expect(text).toMatch(/<iframe[^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"/);
    expect(text).toContain('Remote content is blocked.');
    expect((await get('/mails/preview/NewsMailer/digest?part=text')).text).toContain('Article 1\nArticle 2');
    const headers = (await get('/mails/preview/NewsMailer/digest?part=headers')).text;
    expect(headers).toMatch(
      /<dt>List-Unsubscribe<\/dt>\s*<dd>&lt;https:\/\/acme.test\/unsubscribe&gt;<\/dd>/,
    );
    const query = new URLSearchParams({ example: hostile });
    expect((await get(`/mails/preview/NewsMailer/digest?${query}`)).text).toContain(
      '<h1>This week: 50 articles</h1>',
    );
  });

  it('serve the .eml file that would be sent', async () => {
    const get = asking(await previewApp(platform));
    const { headers, body } = await get('/mails/preview/NewsMailer/digest/message.eml');
    expect(headers.get('content-type')).toBe('message/rfc822');
    expect(headers.get('content-disposition')).toContain('attachment; filename="NewsMailer-digest.eml"');
    expect(await PostalMime.parse(body)).toMatchObject({
      subject: 'This week: 2 articles',
      text: /Article 2/,
    });
  });

  it('show what an action throws, and how to write a missing preview', async () => {
    const get = asking(await previewApp(platform));
    const broken = await get('/mails/preview/BrokenMailer/always');
    expect(broken.status).toBe(500);
    expect(broken.text).toContain('TypeError');
    expect(broken.text).toContain(`no account ${escaped}`);
    expect(broken.text).toContain('Try again');
    const unpreviewed = await get('/mails/preview/NewsMailer/unpreviewed');
    expect(unpreviewed.status).toBe(200);
    expect(unpreviewed.text).toContain('@MailPreview(NewsMailer)');
    for (const path of [
      'NewsMailer/nothing',
      'UnknownMailer/digest',
      'NewsMailer/constructor',
      `${encodeURIComponent(hostile)}/x`,
    ])
      expect(await get(`/mails/preview/${path}`)).toMatchObject({
        status: 404,
        text: expect.not.stringContaining(hostile),
      });
    expect(await get('/mails/preview/NewsMailer/digest/attachments/7')).toMatchObject({ status: 404 });
  });

  it('escape all payloads, and frame the html in a sandboxed document', async () => {
    const get = asking(await previewApp(platform));
    for (const part of ['html', 'text', 'headers']) {
      const { text } = await get(`/mails/preview/BrokenMailer/hostile?part=${part}`);
      expect(text).toContain(`<h1>${escaped}</h1>`);
      expect(text).not.toContain(hostile);
    }
    const page = (await get('/mails/preview/BrokenMailer/hostile')).headers;
    expect(page.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'nonce-([\w+/=]+)'; style-src 'nonce-\1'; .*frame-ancestors 'none'$/,
    );
    const frame = await get('/mails/preview/BrokenMailer/hostile/frame');
    expect(frame.text).toContain(hostile);
    const policy = frame.headers.get('content-security-policy');
    expect(policy).toContain(
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;",
    );
    expect(policy).not.toContain('http');
    const remote = await get('/mails/preview/BrokenMailer/hostile/frame?remote=1');
    expect(remote.headers.get('content-security-policy')).toContain('img-src data: https: http:;');
    expect(remote.headers.get('content-security-policy')).not.toContain('script-src');
  });

  it('work below a global prefix, with versioning, and with a trailing slash', async () => {
    const change = (app: INestApplication): void => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    };
    const app = await previewApp(platform, { preview: { path: '/dev/mails/' } }, { change });
    const get = asking(app);
    const { status, text } = await get('/api/dev/mails');
    expect(status).toBe(200);
    expect(text).toContain('href="./mails/preview/NewsMailer/digest"');
    const mail = await get('/api/dev/mails/preview/NewsMailer/digest');
    const [, frame] = /<iframe[^>]*src="([^"]+)"/.exec(mail.text)!;
    expect(new URL(frame!, 'http://x/api/dev/mails/preview/NewsMailer/digest').pathname).toBe(
      '/api/dev/mails/preview/NewsMailer/digest/frame',
    );
    expect(await get('/mails')).toMatchObject({ status: 404 });
  });

  it('bypass the application’s interceptors', async () => {
    const wrap: NestInterceptor = { intercept: (_, next) => next.handle().pipe(map((data) => ({ data }))) };
    const change = (app: INestApplication) => void app.useGlobalInterceptors(wrap);
    const app = await previewApp(platform, {}, { change });
    expect((await asking(app)('/mails')).text).toMatch(/^<!doctype html>/);
  });

  it('show the mails that were written to files, and no file outside their folder', async () => {
    const path = await previewFolder();
    const app = await previewApp(platform, { transport: undefined, directory: join(path, 'mails') });
    const get = asking(app);
    const empty = await get('/mails/mailbox');
    expect(empty.text).toContain('No mail was sent yet');
    const version = (await get('/mails/mailbox.json')).text;
    const mailers = app.get(MailersService);
    const { messageId } = await mailers
      .for(NewsMailer)
      .digest({ titles: [hostile] })
      .deliverNow();
    expect((await get('/mails/mailbox.json')).text).not.toBe(version);
    const list = (await get('/mails/mailbox')).text;
    const [, href] = /href="(\.\/mailbox\/[^"]+\.eml)"/.exec(list.replaceAll('./../mails/', './'))!;
    expect(list).toContain('This week: 1 articles');
    const mail = await get(`/mails/${href}`);
    expect(mail.text).toContain('<dd>Ada Lovelace &lt;ada@example.test&gt;</dd>');
    expect(mail.text).not.toContain(hostile);
    expect((await get(`/mails/${href}/frame`)).text).toContain(hostile);
    expect((await get(`/mails/${href}/message.eml`)).text).toContain(messageId);
    await writeFile(join(path, 'secret.eml'), 'Subject: secret\n\n');
    for (const id of ['..%2Fsecret.eml', '%2e%2e%2fsecret.eml', encodeURIComponent(join(path, 'secret.eml'))])
      expect(await get(`/mails/mailbox/${id}`)).toMatchObject({ status: 404 });
  });

  it('show each language, inline images, and attachments to download', async () => {
    const get = asking(await previewApp(platform, { templates: { directory: await previewFolder() } }));
    const page = '/mails/preview/BillMailer/invoice';
    const { text } = await get(page);
    expect(text).toContain('<h1>Invoice 7</h1>');
    expect(text).toMatch(/aria-label="Locale".*Default.*>ja</s);
    expect(text).toContain('invoice 7 &lt;b&gt;.csv');
    expect(text).toContain('logo.gif <small>42 B, inline</small>');
    expect((await get(`${page}?locale=ja`)).text).toContain('<h1>請求書 7</h1>');
    expect((await get(`${page}/frame?locale=ja`)).text).toContain('Ada 様');
    expect((await get(`${page}/frame`)).text).toContain('src="data:image/gif;base64,R0lG');
    const { headers, text: csv } = await get(`${page}/attachments/1`);
    expect(csv).toBe('number\n7\n');
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="invoice 7 _b_.csv"; filename*=UTF-8''invoice%207%20%3Cb%3E.csv`,
    );
    expect((await get(`${page}/message.eml?locale=ja`)).text).toContain('Content-Language: ja');
  });

  it('show the mails that are kept in memory', async () => {
    const app = await previewApp(platform, {
      transport: 'memory:',
      templates: { directory: await previewFolder() },
    });
    const get = asking(app);
    const { messageId } = await app.get(MailersService).for(BillMailer).invoice({ number: 8 }).deliverNow();
    const id = encodeURIComponent(messageId.slice(1, -1));
    expect((await get('/mails/mailbox')).text).toContain(`href="./../mails/mailbox/${id}"`);
    expect((await get(`/mails/mailbox/${id}`)).text).toContain('<h1>Invoice 8</h1>');
    expect((await get(`/mails/mailbox/${id}/attachments/1`)).text).toBe('number\n8\n');
    expect(JSON.parse((await get('/mails/mailbox.json')).text)).toEqual({
      version: `1 ${messageId.slice(1, -1)}`,
    });
  });

  it('have no mailbox for a transport that sends mails', async () => {
    const get = asking(await previewApp(platform, { transport: 'smtp://user:secret@127.0.0.1:1' }));
    expect((await get('/mails')).text).not.toContain('Mailbox');
    const { status, text } = await get('/mails/mailbox');
    expect(status).toBe(404);
    expect(text).toContain('smtp://127.0.0.1:1');
    expect(text).not.toContain('secret');
    expect(text).not.toMatch(/role="alert"|<strong>Error|\n\s+at /);
    expect(text).not.toContain('8025');
  });

  it('link the page of Mailpit if mails go there', async () => {
    for (const [host, page] of [
      ['mail', 'http://localhost:8025'],
      ['127.0.0.1', 'http://localhost:8025'],
      ['mail.acme.test', 'http://mail.acme.test:8025'],
    ]) {
      const get = asking(await previewApp(platform, { transport: `smtp://${host}:1025` }));
      expect((await get('/mails/mailbox')).text).toContain(`<a href="${page}" target="_blank"`);
    }
  });

  it('show a page without an error if a mail does not exist', async () => {
    const get = asking(await previewApp(platform, { transport: 'memory:' }));
    for (const path of [
      'preview/NewsMailer/gone',
      'mailbox/gone',
      'preview/NewsMailer/digest/attachments/9',
    ]) {
      const { status, text } = await get(`/mails/${path}`);
      expect([status, /role="alert"|\n\s+at /.test(text)], path).toEqual([404, false]);
    }
  });

  it('show an action that another action calls, which can be sent too', async () => {
    @Mailer()
    class AgainMailer {
      async welcome({ name = 'Ada' } = {}): Promise<Mail> {
        return { to: 'ada@example.test', subject: `Welcome, ${name}`, text: await this.signature() };
      }
      async welcomeAgain(): Promise<Mail> {
        return { ...(await this.welcome()), subject: 'Welcome again' };
      }
      private async signature(): Promise<string> {
        return 'Acme';
      }
    }
    const app = await previewApp(platform, {}, { providers: [AgainMailer] });
    const get = asking(app);
    const { text } = await get('/mails');
    for (const action of ['welcome', 'welcomeAgain']) {
      expect(text).toContain(`./mails/preview/AgainMailer/${action}`);
      expect((await get(`/mails/preview/AgainMailer/${action}`)).text).toContain('Welcome');
    }
    expect(text).not.toContain('signature');
    const again = app.get(MailersService).for(AgainMailer);
    await expect(again.welcome({}).deliverNow()).resolves.toMatchObject({ rejected: [] });
    await expect(again.welcomeAgain().deliverNow()).resolves.toMatchObject({ rejected: [] });
  });

  it('neither list nor call helpers of a mailer', async () => {
    const called: string[] = [];
    @Mailer()
    class HelpedMailer {
      onModuleInit(): void {
        called.push('onModuleInit');
      }
      async welcome(): Promise<Mail> {
        return { to: 'ada@example.test', subject: this.greeting(), text: await this.signature() };
      }
      private greeting(): string {
        called.push('greeting');
        return 'Hello';
      }
      private async signature(): Promise<string> {
        called.push('signature');
        return 'Acme';
      }
    }
    const get = asking(await previewApp(platform, {}, { providers: [HelpedMailer] }));
    called.length = 0;
    const { text } = await get('/mails');
    expect(text).toContain('./mails/preview/HelpedMailer/welcome');
    expect(text).not.toMatch(/greeting|signature|onModuleInit/);
    for (const action of ['greeting', 'signature', 'onModuleInit'])
      expect((await get(`/mails/preview/HelpedMailer/${action}`)).status, action).toBe(404);
    expect(called).toEqual([]);
  });

  it('show headers decoded, and as they are sent', async () => {
    @Mailer()
    class WideMailer {
      async note(): Promise<Mail> {
        return {
          to: { name: '山田 太郎', address: 'taro@example.test' },
          subject: 'ご注文 '.repeat(20).trim(),
          text: 'x',
        };
      }
    }
    const get = asking(await previewApp(platform, {}, { providers: [WideMailer] }));
    const { text } = await get('/mails/preview/WideMailer/note?part=headers');
    expect(text).toMatch(/<dt>To<\/dt>\s*<dd>山田 太郎 &lt;taro@example\.test&gt;<\/dd>/);
    expect(text).toContain(`<dd>${'ご注文 '.repeat(20).trim()}</dd>`);
    expect(text).toMatch(/<summary>As they are sent<\/summary>\s*<pre>[^<]*Subject: =\?UTF-8\?/);
  });

  it('open behind a global guard with the application’s own decorator', async () => {
    const Public = () => SetMetadata('isPublic', true);
    @Injectable()
    class TokenGuard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        return Reflect.getMetadata('isPublic', context.getClass()) === true;
      }
    }
    const open = async (preview: object) => {
      const app = await previewApp(
        platform,
        { preview },
        { change: (one) => void one.useGlobalGuards(new TokenGuard()) },
      );
      return (await asking(app)('/mails')).status;
    };
    expect(await open({})).toBe(403);
    expect(await open({ decorators: [Public()] })).toBe(200);
  });
});

@Injectable()
class Keys {
  readonly key = 'open sesame';
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly keys: Keys) {}

  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().headers['x-key'] === this.keys.key;
  }
}

describe('previews in production', () => {
  const production = (): { url: string } => {
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    return { url: privateUrl(inject('redisUrl')) };
  };
  const transport = 'smtp://127.0.0.1:1';

  it('are off by default', async () => {
    const get = asking(await previewApp('express', { transport }, production()));
    expect(await get('/mails')).toMatchObject({ status: 404 });
  });

  it('are refused at boot if they are configured without guards', async () => {
    const preview = { path: 'mails' };
    await expect(previewApp('express', { transport, preview }, production())).rejects.toMatchObject({
      code: 'FLEDGE_MAIL_PREVIEW_UNGUARDED',
    });
  });

  it.each(platforms)(
    'are protected by the guards on every page, without a stack in errors: %s',
    async (platform) => {
      const preview = { guards: [KeyGuard], imports: [KeysModule] };
      const get = asking(await previewApp(platform, { transport, preview }, production()));
      const digest = '/mails/preview/NewsMailer/digest';
      const pages = ['/mails', digest, `${digest}/frame`, `${digest}/message.eml`, `${digest}/attachments/0`];
      const mailbox = ['', '.json', '/x', '/x/frame', '/x/message.eml', '/x/attachments/0'];
      for (const page of [...pages, ...mailbox.map((path) => `/mails/mailbox${path}`)])
        expect(await get(page)).toMatchObject({ status: 403 });
      const key = { 'x-key': 'open sesame' };
      expect(await get('/mails', key)).toMatchObject({ status: 200 });
      const broken = await get('/mails/preview/BrokenMailer/always', key);
      expect(broken.text).toContain('TypeError');
      expect(broken.text).not.toContain('preview-app');
    },
  );
});

it('previews are off with preview: false, and work with forRootAsync', async () => {
  expect(await asking(await previewApp('express', { preview: false }))('/mails')).toMatchObject({
    status: 404,
  });
  const module = MailersModule.forRootAsync({
    preview: { path: 'letters' },
    useFactory: () => ({ from: 'hello@acme.test' }),
  });
  expect(await asking(await previewApp('express', module))('/letters')).toMatchObject({ status: 200 });
});

it('an invalid path and a preview of an unregistered mailer are refused', async () => {
  expect(() => MailersModule.forRoot({ preview: { path: 'mails?' } })).toThrow('preview.path is "mails?"');
  const { NewsMailerPreview, Articles } = await import('../support/preview-app.js');
  await expect(previewApp('express', {}, { providers: [NewsMailerPreview, Articles] })).rejects.toMatchObject(
    {
      code: 'FLEDGE_MAILER_NOT_REGISTERED',
    },
  );
});

it('the reference application shows its welcome mail to the latest account, in English and Japanese', async () => {
  vi.stubEnv('DATABASE_URL', `file:${join(await previewFolder(), 'app.sqlite')}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const get = asking(app);
  const welcome = '/mails/preview/UserMailer/welcome';
  expect((await get(welcome)).text).toContain('<h1>Welcome, Ada Lovelace</h1>');
  await app.get(AccountsService).create('太郎', 'taro@example.test');
  expect((await get(`${welcome}?locale=ja`)).text).toContain('<h1>太郎さん、ようこそ</h1>');
});

it('a worker, which has no HTTP server, boots with previews', async () => {
  const { app } = await jobsApp({ url: 'memory:' }, [], [MailersModule.forRoot({ from: 'hello@acme.test' })]);
  expect(app.get(MailersService)).toBeDefined();
});
