import { writeFile, utimes, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  address,
  LiquidEngine,
  Mailer,
  MjmlEngine,
  TemplateEngine,
  type Mail,
  type Template,
} from 'nestjs-fledge/mailers';
import type { JobContext } from 'nestjs-fledge';
import { MailComposer } from '../../src/mailers/compose/mail-composer.js';
import { folderOf } from '../support/folder-of.js';
import { privateUrl } from '../support/jobs-app.js';
import { mailApp, mailCatcher, type MailApp } from '../support/mail-app.js';

/** Creates an application with these templates for AnyMailer's action `notice`. */
async function withTemplates(files: Record<string, string>, options: object = {}): Promise<MailApp> {
  const directory = await folderOf(files);
  return mailApp({ templates: { directory, ...options } });
}

describe('templates', () => {
  it('render subject, html and text of an action, with the layout around the bodies', async () => {
    const { made } = await withTemplates({
      'any-mailer/notice.subject.liquid': '{{ count }} notices for {{ name }}\n',
      'any-mailer/notice.html.liquid': '<p>{{ name }}</p>',
      'any-mailer/notice.text.liquid': 'Hello {{ name }}\n',
      'layouts/default.html.liquid': '<title>{{ mail.subject }}</title>{{ content }}',
      'layouts/default.text.liquid': '{{ content }}-- \nAcme {{ mail.subject }}',
    });
    expect(await made({ subject: undefined, data: { name: 'A & B', count: 2 } })).toMatchObject({
      subject: '2 notices for A & B',
      html: '<title>2 notices for A &#38; B</title><p>A &#38; B</p>',
      text: 'Hello A & B\n-- \nAcme 2 notices for A & B',
    });
  });

  it('escape data in html unless the template uses raw', async () => {
    const { made } = await withTemplates({
      'any-mailer/notice.html.liquid':
        '<a title="{{ x }}">{{ x }}</a>{{ x | upcase }}{{ list | join: "," }}{{ list }}{% render "shared/part", x: x %}{% include "shared/part" %}{% for one in list %}{{ one }}{% endfor %}',
      'shared/part.html.liquid': '[{{ x }}]',
      'any-mailer/asked.html.liquid': '{{ x | raw }}',
      'layouts/default.html.liquid': '{{ content }}{{ x }}',
    });
    const x = `<script>alert("'")</script>`;
    const { html } = await made({ data: { x, list: [x, x] } });
    expect(html!.replace(/<\/?a(?: title="[^"]*")?>/g, '')).not.toMatch(/[<>"']/);
    expect(html).toContain('&#60;script&#62;');
    expect((await made({ data: { x }, template: 'asked', layout: false })).html).toBe(x);
  });

  it('are chosen by language, then by a wider language, then by the module’s, then without one', async () => {
    const directory = await folderOf({
      'any-mailer/notice.ja.html.liquid': 'こんにちは{% render "shared/foot" %}',
      'any-mailer/notice.ja.subject.liquid': 'お知らせ',
      'any-mailer/notice.pt-BR.html.liquid': 'olá',
      'any-mailer/notice.html.liquid': 'hello{% render "shared/foot" %}',
      'any-mailer/notice.text.liquid': 'hello, text',
      'any-mailer/notice.subject.liquid': 'Notice',
      'shared/foot.ja.liquid': '、さようなら',
      'shared/foot.liquid': ', bye',
    });
    const { made } = await mailApp({ templates: { directory }, locale: 'pt-br' });
    const inLanguage = async (locale?: string) => {
      const { html, text, subject, locale: used } = await made({ subject: undefined, locale });
      return [used, subject, html, text];
    };
    expect(await inLanguage('ja-JP')).toEqual([
      'ja-JP',
      'お知らせ',
      'こんにちは、さようなら',
      // Not the English text.
      'こんにちは、さようなら\n',
    ]);
    expect(await inLanguage()).toEqual(['pt-BR', 'Notice', 'olá', 'olá\n']);
    expect(await inLanguage('fr')).toEqual(['fr', 'Notice', 'olá', 'olá\n']);
    await expect(made({ locale: '../../etc' })).rejects.toThrow(/not a language tag.*FLEDGE_MAIL_INVALID/);
  });

  it('are found by the names of mailer and action, or by the mail’s own template', async () => {
    @Mailer({ name: 'OrderHTMLMailer2' })
    class Orders {
      async lastCall(): Promise<Mail> {
        return { to: 'a@b.test', subject: 's' };
      }
      async other(): Promise<Mail> {
        return { to: 'a@b.test', subject: 's', template: 'shared/any' };
      }
    }
    const directory = await folderOf({
      'order-html-mailer2/last-call.text.liquid': 'last call',
      'shared/any.text.liquid': 'any',
    });
    const { mailers, recorder } = await mailApp({ templates: { directory } }, [Orders]);
    await mailers.for(Orders).lastCall().deliverNow();
    await mailers.for(Orders).other().deliverNow();
    expect(recorder.sent.map(({ text }) => text)).toEqual(['last call', 'any']);
  });

  it('are named in the error if they are missing', async () => {
    const { made } = await withTemplates({ 'any-mailer/other.html.liquid': 'x' });
    await expect(made({ locale: 'ja' })).rejects.toThrow(
      /AnyMailer\.notice .*any-mailer\/notice\.ja\.html\.liquid.*any-mailer\/notice\.text\.liquid.*FLEDGE_MAIL_TEMPLATE_MISSING/,
    );
    await expect(made({ text: 'x', template: 'nowhere' })).rejects.toThrow(/FLEDGE_MAIL_TEMPLATE_MISSING/);
    await expect(made({ text: 'x', layout: 'nowhere' })).rejects.toThrow(
      /layout that does not exist: "nowhere".*FLEDGE_MAIL_TEMPLATE_MISSING/,
    );
    await expect(made({ text: 'x', subject: undefined })).rejects.toThrow(/no subject.*FLEDGE_MAIL_INVALID/);
  });

  it('stop the boot if they are invalid, with file and line of each error', async () => {
    const boot = withTemplates({
      'any-mailer/notice.html.liquid': '<p>\n{% if name %}</p>',
      'any-mailer/notice.ja.text.liquid': '{% render "shared/nothing" %}',
      'layouts/default.html.liquid': '{{ content | nofilter }}',
      'ignored.html': '{% if %}',
    });
    await expect(boot).rejects.toThrow(
      /notice\.html\.liquid, line:2, .*notice\.ja\.text\.liquid.*shared\/nothing.*nofilter.*layouts\/default\.html\.liquid.*FLEDGE_MAIL_TEMPLATE_INVALID/s,
    );
    await expect(mailApp({ templates: { directory: '/nowhere' } })).rejects.toThrow(
      /does not exist: \/nowhere\..*FLEDGE_MAIL_TEMPLATE_MISSING/,
    );
    await expect(withTemplates({}, { layout: 'brand' })).rejects.toThrow(
      /"brand".*FLEDGE_MAIL_TEMPLATE_MISSING/,
    );
  });

  it('fail on an undefined variable', async () => {
    const { made } = await withTemplates({
      'any-mailer/notice.text.liquid':
        'Hello\n{{ naem }}{% if other %}!{% endif %}{{ third | default: "d" }}',
    });
    await expect(made({ data: { name: 'Ada' } })).rejects.toThrow(
      /AnyMailer\.notice: .*notice\.text\.liquid: undefined variable: naem, line:2.*FLEDGE_MAIL_TEMPLATE_INVALID/,
    );
    expect((await made({ data: { naem: 'Ada' } })).text).toBe('Hello\nAdad');
    await expect(made({ data: { content: 'x' } })).rejects.toThrow(/"content".*FLEDGE_MAIL_INVALID/);
    await expect(made({ data: [1] })).rejects.toThrow(/FLEDGE_MAIL_INVALID/);
  });

  it('cannot read a file outside the folder, whatever the data is', async () => {
    const secret = await folderOf({ 'secret.html.liquid': 'SECRET' });
    const directory = await folderOf({
      'any-mailer/notice.html.liquid': '{% render name %}',
      'any-mailer/real.text.liquid': 'real',
    });
    await symlink(join(secret, 'secret.html.liquid'), join(directory, 'linked.html.liquid'));
    await symlink(secret, join(directory, 'folder'));
    await symlink(join(directory, 'any-mailer/real.text.liquid'), join(directory, 'inside.html.liquid'));
    const { made } = await mailApp({ templates: { directory } });
    const names = [
      'linked',
      'folder/secret',
      join(secret, 'secret'),
      '../secret',
      '/etc/passwd',
      'layouts/../linked',
    ];
    for (const name of [...names, `${secret}/secret.html.liquid`]) {
      await expect(made({ data: { name } })).rejects.toThrow(/FLEDGE_MAIL_TEMPLATE_INVALID/);
    }
    expect((await made({ data: { name: 'inside' } })).html).toBe('real');
  });

  it.each(['render', 'include', 'layout'])(
    'find no partial by a name of Object.prototype with %s',
    async (tag) => {
      const { made } = await withTemplates({
        'any-mailer/notice.html.liquid': `{% ${tag} name %}`,
        'shared/constructor.liquid': 'no',
        '__proto__.liquid': 'a partial of that name',
      });
      for (const name of [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length']) {
        const isFile = name === '__proto__';
        if (isFile) expect((await made({ data: { name } })).html).toBe('a partial of that name');
        else await expect(made({ data: { name } }), name).rejects.toThrow(/FLEDGE_MAIL_TEMPLATE_INVALID/);
        for (const field of ['template', 'layout', 'transport'])
          await expect(made({ [field]: name, html: 'x' }), `${field} ${name}`).rejects.toThrow(
            /FLEDGE_MAIL_(TEMPLATE_MISSING|TRANSPORT_UNKNOWN)/,
          );
      }
      await expect(made({ data: { name: 'x'.repeat(1_000_000) } })).rejects.toThrow(
        /^.{0,1500}FLEDGE_MAIL_TEMPLATE_INVALID/s,
      );
    },
  );

  it('are read again after a change, except in production', async () => {
    const directory = await folderOf({
      'any-mailer/notice.text.liquid': 'one {% render "shared/part" %}',
      'shared/part.liquid': 'a',
    });
    const development = await mailApp({ templates: { directory } });
    vi.stubEnv('NODE_ENV', 'production');
    onTestFinished(() => void vi.unstubAllEnvs());
    const production = await mailApp({ templates: { directory } }, [], privateUrl(inject('redisUrl')));
    expect((await development.made({})).text).toBe('one a');
    await writeFile(join(directory, 'shared/part.liquid'), 'b');
    await utimes(join(directory, 'shared/part.liquid'), 1, 1);
    expect((await development.made({})).text).toBe('one b');
    expect((await production.made({})).text).toBe('one a');
    await rm(join(directory, 'any-mailer'), { recursive: true });
    await expect(development.made({})).rejects.toThrow(/FLEDGE_MAIL_TEMPLATE_MISSING/);
    expect((await production.made({})).text).toBe('one a');
  });

  it('can use another engine', async () => {
    class Shouting extends TemplateEngine {
      readonly extension = 'shout';
      async render({ source }: Template, variables: Record<string, unknown>): Promise<string> {
        return source.replace(/\$(\w+)/g, (_, name: string) => String(variables[name])).toUpperCase();
      }
    }
    const { made } = await withTemplates(
      { 'any-mailer/notice.text.shout': 'hello $name', 'any-mailer/notice.text.liquid': 'no' },
      { engine: new Shouting() },
    );
    expect((await made({ data: { name: 'ada' } })).text).toBe('HELLO ADA');
  });
});

describe('MailComposer', () => {
  it('builds a mail in a requested language, and lists the languages', async () => {
    @Mailer({
      defaults: { locale: 'ja' },
      subjects: { hello: { en: 'Hello', 'pt-br': 'Olá', ja: 'こんにちは' } },
    })
    class PolyglotMailer {
      async hello(): Promise<Mail> {
        return { to: 'a@b.test', locale: 'ja' };
      }
    }
    const directory = await folderOf({
      'polyglot-mailer/hello.de.text.liquid': 'Hallo',
      'polyglot-mailer/hello.ja.text.liquid': 'やあ',
    });
    const { app } = await mailApp({ templates: { directory }, locale: 'de' }, [PolyglotMailer]);
    const composer = app.get(MailComposer);
    const context = { id: 'j1', signal: new AbortController().signal } as JobContext;
    const request = { mailer: 'PolyglotMailer', action: 'hello', context };
    expect(await composer.locales('PolyglotMailer', 'hello')).toEqual(['de', 'en', 'ja', 'pt-BR']);
    expect(await composer.compose(request)).toMatchObject({
      locale: 'ja',
      subject: 'こんにちは',
      text: 'やあ',
    });
    const portuguese = await composer.compose({ ...request, locale: 'pt-BR' });
    expect(portuguese).toMatchObject({ locale: 'pt-BR', subject: 'Olá', text: 'Hallo' });
    const changed = { ...portuguese, subject: 'x\r\nBcc: evil@y.test' };
    expect(() => composer.check(changed, 'PolyglotMailer.hello')).toThrow(/FLEDGE_MAIL_INVALID/);
  });
});

describe('MJML', () => {
  const files = {
    'layouts/default.html.liquid': '<mjml><mj-body>{{ content }}</mj-body></mjml>',
    'any-mailer/notice.html.liquid':
      '<mj-section><mj-column><mj-text>Hello {{ name }}</mj-text>{% render "shared/button", url: url %}</mj-column></mj-section>',
    'shared/button.html.liquid': '<mj-button href="{{ url }}">Go</mj-button>',
    'any-mailer/plain.html.liquid': '<p>{{ name }}</p>',
  };

  it('becomes html with layout and partials, escapes data, and yields a text part', async () => {
    const { made } = await withTemplates(files, { engine: new MjmlEngine({ fonts: {} }) });
    const data = { name: '<mj-raw><b>太郎</b></mj-raw>"', url: 'https://acme.test/?a=1&b="><script>' };
    const { html, text } = await made({ data });
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).not.toMatch(/<mj-|<script>|<b>太郎|googleapis/);
    expect(html).toContain('太郎');
    expect(text).toContain('Hello <mj-raw><b>太郎</b></mj-raw>"');
    expect((await made({ data, template: 'plain', layout: false })).html).toMatch(/^<p>/);
  });

  it('fails the mail if it is invalid', async () => {
    const { made } = await withTemplates(
      { 'any-mailer/notice.html.liquid': '<mjml><mj-body><mj-buton/></mj-body></mjml>' },
      { engine: new MjmlEngine() },
    );
    await expect(made({})).rejects.toThrow(/line 1: .*mj-buton.*FLEDGE_MAIL_TEMPLATE_INVALID/);
    const including = { 'any-mailer/notice.html.liquid': '<mjml><mj-include path="/etc/passwd" /></mjml>' };
    await expect(
      withTemplates(including, { engine: new MjmlEngine({ engine: new LiquidEngine() }) }),
    ).rejects.toThrow(/mj-include is not supported.*FLEDGE_MAIL_TEMPLATE_INVALID/);
  });
});

describe('the fields of a mail', () => {
  it('override templates, and the text part is made from html unless text is false', async () => {
    const { made } = await withTemplates({
      'any-mailer/notice.html.liquid': '<h1>Hi</h1><a href="https://a.test/">a</a>',
    });
    expect(await made({})).toMatchObject({ text: 'Hi\n\na <https://a.test/>\n' });
    expect(await made({ text: false })).toMatchObject({ text: undefined });
    await expect(made({ html: { path: '/etc/passwd' } as unknown as string })).rejects.toThrow(
      /html is an object.*FLEDGE_MAIL_INVALID/,
    );
    expect(await made({ text: 'own' })).toMatchObject({
      text: 'own',
      html: expect.stringContaining('<h1>') as string,
    });
    expect(await made({ html: '<b>own</b>' })).toMatchObject({ html: '<b>own</b>', text: 'own\n' });
  });

  it('are merged from the action, the class’s defaults and the module’s defaults', async () => {
    @Mailer({
      defaults: {
        from: address('Shop "Acme"', 'shop@acme.test'),
        replyTo: 'help@acme.test',
        bcc: ['archive@acme.test'],
        headers: { 'X-Team': 'shop', 'X-Kind': 'class' },
        locale: 'ja',
        layout: 'shop',
      },
      subjects: { receipt: { en: 'Receipt {{ number }}', ja: '領収書 {{ number }}' }, hello: 'Hello' },
    })
    class ShopMailer {
      async receipt({ locale }: { locale?: string }): Promise<Mail> {
        return {
          to: 'a@b.test',
          headers: { 'x-kind': 'own' },
          data: { number: 7 },
          html: 'x',
          ...(locale ? { locale } : {}),
        };
      }
      async hello(): Promise<Mail> {
        return { to: 'a@b.test', bcc: [], replyTo: undefined, layout: false };
      }
    }
    const directory = await folderOf({
      'layouts/shop.text.liquid': '[{{ content }}]',
      'shop-mailer/hello.text.liquid': 'hello',
      'shop-mailer/receipt.text.liquid': 'receipt {{ number }}',
    });
    const [catcher, transport] = await mailCatcher();
    const { mailers } = await mailApp({ templates: { directory }, transport }, [ShopMailer]);
    await mailers.for(ShopMailer).receipt({}).deliverNow();
    await mailers.for(ShopMailer).receipt({ locale: 'fr' }).deliverNow();
    await mailers.for(ShopMailer).hello().deliverNow();
    const [receipt, french, hello] = catcher.mails;
    expect(receipt).toMatchObject({
      from: { name: 'Shop "Acme"', address: 'shop@acme.test' },
      replyTo: [{ address: 'help@acme.test' }],
      subject: '領収書 7',
      text: expect.stringContaining('[receipt 7]') as string,
    });
    const headers = Object.fromEntries(receipt!.headers.map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({ 'x-team': 'shop', 'x-kind': 'own', 'content-language': 'ja' });
    expect(french!.subject).toBe('Receipt 7');
    expect(hello).toMatchObject({ subject: 'Hello', text: expect.not.stringContaining('[') as string });
    expect(hello!.replyTo).toMatchObject([{ address: 'help@acme.test' }]);
  });

  it.each([
    [{ from: 'nobody' }, /from has "nobody"/],
    [{ locale: 'ja_JP' }, /not a language tag/],
    [{ maxSize: 0 }, /maxSize is 0/],
    [{ attachments: { allowRemote: ['https://a.test/'] } }, /allowRemote/],
    [{ attachments: { sources: { 's3:x': async () => '' } } }, /without a colon/],
  ])('is looked at when the application starts: %j', async (options, message) => {
    await expect(mailApp(options)).rejects.toThrow(message);
    await expect(mailApp(options)).rejects.toThrow(/MailersModule\.forRoot: .*FLEDGE_OPTION_INVALID/);
  });

  it('are checked at boot on classes too', async () => {
    @Mailer({ defaults: { cc: 'a@b.test, c@d.test' } })
    class Wrong {}
    @Mailer({ subjects: { a: '{% if %}' } })
    class WrongSubject {
      async a(): Promise<Mail> {
        return { to: 'a@b.test' };
      }
    }
    await expect(mailApp({}, [Wrong])).rejects.toThrow(
      /@Mailer\(\) of Wrong: defaults: cc.*FLEDGE_OPTION_INVALID/,
    );
    await expect(mailApp({}, [WrongSubject])).rejects.toThrow(
      /@Mailer\(\) WrongSubject, subjects\.a.*FLEDGE_MAIL_TEMPLATE_INVALID/,
    );
  });
});

describe.each([
  ['memory', () => 'memory:'],
  ['redis', () => privateUrl(inject('redisUrl'))],
])('full Unicode, on %s', (_, url) => {
  it('arrives unchanged over SMTP in subject, names, bodies, files and file names', async () => {
    const name = '山田 太郎 👩‍👩‍👧‍👦';
    const subject = `ようこそ、${name}さん。${'とても長い件名です。'.repeat(12)}`;
    @Mailer()
    class UserMailer {
      async welcome({ who }: { who: string }): Promise<Mail> {
        return {
          to: { name: who, address: 'taro@example.test' },
          cc: address('佐藤, "花子"', 'hanako@example.test'),
          locale: 'ja',
          data: { name: who, subject },
          attachments: [
            { filename: '請求書 令和八年.txt', content: `合計 ¥1,000 ${who}` },
            { filename: 'ロゴ.png', content: Buffer.from([0x89, 0x50, 0, 255]), cid: 'logo@acme' },
          ],
        };
      }
    }
    const directory = await folderOf({
      'user-mailer/welcome.ja.subject.liquid': '{{ subject }}',
      'user-mailer/welcome.ja.html.liquid': '<p>{{ name }}さん、ようこそ。</p><img src="cid:logo@acme">',
    });
    const [catcher, transport] = await mailCatcher();
    const app = await mailApp(
      { templates: { directory }, transport, from: { name: '株式会社アクメ', address: 'hello@acme.test' } },
      [UserMailer],
      url(),
    );
    await app.worker.start();
    await app.mailers.for(UserMailer).welcome({ who: name }).deliverLater();
    const { outcome } = await app.event('finished');
    expect(outcome).toMatchObject({ kind: 'completed' });
    const [mail] = catcher.mails;
    expect(mail).toMatchObject({
      subject,
      from: { name: '株式会社アクメ' },
      to: [{ name, address: 'taro@example.test' }],
      cc: [{ name: '佐藤, "花子"', address: 'hanako@example.test' }],
      html: expect.stringContaining(`${name}さん、ようこそ。`) as string,
      text: expect.stringContaining(`${name}さん、ようこそ。`) as string,
    });
    const [bill, logo] = ['請求書 令和八年.txt', 'ロゴ.png'].map((filename) =>
      mail!.attachments.find((one) => one.filename === filename),
    );
    expect(Buffer.from(bill!.content as ArrayBuffer).toString()).toBe(`合計 ¥1,000 ${name}`);
    expect(bill).toMatchObject({ disposition: 'attachment', mimeType: 'text/plain' });
    expect([...new Uint8Array(logo!.content as ArrayBuffer)]).toEqual([0x89, 0x50, 0, 255]);
    expect(logo).toMatchObject({ contentId: '<logo@acme>', related: true, mimeType: 'image/png' });
  });

  it('the Message-ID has the sender’s international domain in ASCII', async () => {
    const app = await mailApp({ from: 'hello@bücher.example' }, [], url());
    const { messageId } = await app.made({ text: 'Hello' });
    expect(messageId).toMatch(/^<[\w-]+@xn--bcher-kva\.example>$/);
  });
});
