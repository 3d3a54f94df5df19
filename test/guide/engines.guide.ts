import ejs from 'ejs';
import Handlebars from 'handlebars';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import pug from 'pug';
import { describe, expect, it } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';
import { RecordingTransport } from '../support/mail-app.js';
// #region types
import { TemplateEngine, type Partials, type Template, type TemplateContext } from 'nestjs-fledge/mailers';

type Variables = Readonly<Record<string, unknown>>;
// #endregion

// #region handlebars
export class HandlebarsEngine extends TemplateEngine {
  readonly extension = 'hbs';
  private readonly environments = new WeakMap<Partials, typeof Handlebars>();

  constructor(private readonly helpers: Record<string, Handlebars.HelperDelegate> = {}) {
    super();
  }

  override async check({ source }: Template) {
    Handlebars.parse(source);
  }

  async render({ source }: Template, variables: Variables, { part, partials, content }: TemplateContext) {
    const handlebars = this.environments.get(partials) ?? this.environment(partials);
    const render = handlebars.compile(source, { strict: true, noEscape: part !== 'html' });
    return render({ ...variables, content: new Handlebars.SafeString(content ?? '') });
  }

  private environment(partials: Partials) {
    const handlebars = Handlebars.create();
    handlebars.registerHelper(this.helpers);
    for (const [name, { source }] of partials) handlebars.registerPartial(name, source);
    this.environments.set(partials, handlebars);
    return handlebars;
  }
}
// #endregion

// #region ejs
export class EjsEngine extends TemplateEngine {
  readonly extension = 'ejs';

  override async check({ source }: Template) {
    ejs.compile(source);
  }

  async render({ source }: Template, variables: Variables, { part, partials, content }: TemplateContext) {
    const includer = (name: string) => {
      const partial = partials.get(name);
      if (!partial) throw new Error(`There is no template ${name}.`);
      return { template: partial.source };
    };
    const escape = part === 'html' ? {} : { escape: String };
    return ejs.render(source, { ...variables, content }, { includer, ...escape });
  }
}
// #endregion

// #region pug
export class PugEngine extends TemplateEngine {
  readonly extension = 'pug';

  override async check(template: Template, { partials }: TemplateContext) {
    compilePug(template, partials);
  }

  async render(template: Template, variables: Variables, { part, partials, content }: TemplateContext) {
    if (part !== 'html') throw new Error('Pug renders html only. Return the subject from the action.');
    return compilePug(template, partials)({ ...variables, content });
  }
}

function compilePug({ name, source }: Template, partials: Partials) {
  const read = (path: string) => {
    const partial = partials.get(path.replace(/\.pug$/, ''));
    if (!partial) throw new Error(`There is no template ${path}.`);
    return partial.source;
  };
  const plugins = [{ resolve: (path: string) => path, read }];
  return pug.compile(source, { filename: name, plugins } as pug.Options);
}
// #endregion

@Mailer()
class OrderMailer {
  async receipt({ customer }: { customer: string }): Promise<Mail> {
    const lines = [{ count: 2, title: 'Tea & <b>biscuits</b>' }];
    const data = { customer, lines, total: '12 €', url: 'https://acme.test/orders/7?a=1&b=2' };
    return { to: 'ada@example.test', subject: 'Your order', locale: 'en', data };
  }

  async broken(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Broken', template: 'order-mailer/receipt', data: {} };
  }
}

const directoryOf = (name: string): string => fileURLToPath(new URL(`engines/${name}`, import.meta.url));

function handlebarsModule(directory: string, transport: RecordingTransport) {
  // #region handlebars-registered
  const engine = new HandlebarsEngine({ upper: (text: string) => text.toUpperCase() });
  return MailersModule.forRoot({ transport, from: 'shop@acme.test', templates: { directory, engine } });
  // #endregion
}

/** The engines of docs/template-engines.md, with the packages themselves. */
export function enginesGuide(): void {
  const start = async (name: string, engine?: TemplateEngine) => {
    const transport = new RecordingTransport();
    const directory = directoryOf(name);
    const module = engine
      ? MailersModule.forRoot({ transport, from: 'shop@acme.test', templates: { directory, engine } })
      : handlebarsModule(directory, transport);
    const { app } = await jobsApp({ url: 'memory:' }, [OrderMailer], [module]);
    const mailers = app.get(MailersService);
    const customer = 'Lovelace, Ada <3';
    await mailers.for(OrderMailer).receipt({ customer }).deliverNow();
    const [sent] = transport.sent;
    return { sent: { ...sent, html: sent!.html ?? '', text: sent!.text ?? '' }, mailers };
  };

  describe.each([
    ['Handlebars', 'handlebars', undefined],
    ['EJS', 'ejs', new EjsEngine()],
    ['Pug', 'pug', new PugEngine()],
  ] as const)('docs/template-engines.md, %s', (_, name, engine) => {
    it('renders the template with its partial and layout, and escapes html', async () => {
      const { sent } = await start(name, engine);
      const html = sent.html.replace(/\s+/g, ' ').replaceAll('&#39;', "'");
      expect(html.toLowerCase()).toContain('<!doctype html>');
      expect(html).toMatch(/<html lang="en">.*<title>Your order<\/title>.*<body> ?<h1>/);
      expect(html).toContain('<h1>Thank you, Lovelace, Ada &lt;3</h1>');
      expect(html).toContain('<p>2 × Tea &amp; &lt;b&gt;biscuits&lt;/b&gt;</p>');
      expect(html).toMatch(
        /<a href="https:\/\/acme\.test\/orders\/7\?a(=|&#x3D;)1&amp;b(=|&#x3D;)2">Your order<\/a>/,
      );
    });

    it('is what the page shows', () => {
      const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
      const ending = { handlebars: 'hbs', ejs: 'ejs', pug: 'pug' }[name];
      const template = read(`engines/${name}/order-mailer/receipt.html.${ending}`);
      expect(read('../../docs/template-engines.md')).toContain(`receipt.html.${ending}`);
      expect(read('../../docs/template-engines.md')).toContain(template);
    });

    it('renders text without escaping it, or makes it from the html', async () => {
      const { sent } = await start(name, engine);
      // Pug has no text template. Headings of html become capitals.
      expect(sent.text.toLowerCase()).toContain('thank you, lovelace, ada <3');
      if (name === 'handlebars') expect(sent.text).toContain('2 × Tea & <b>biscuits</b>\nTOTAL: 12 €');
    });

    it('reports a variable that is missing', async () => {
      const { mailers } = await start(name, engine);
      const broken = mailers.for(OrderMailer).broken().deliverNow();
      await expect(broken).rejects.toMatchObject({ code: 'FLEDGE_MAIL_TEMPLATE_INVALID' });
    });
  });

  it.each([
    ['Handlebars', new HandlebarsEngine(), '{{#if}'],
    ['EJS', new EjsEngine(), '<% if ( %>'],
    ['Pug', new PugEngine(), 'p #{'],
  ] as const)('%s finds a mistake at boot', async (_, engine, source) => {
    const template = { name: 'a.html', source };
    const context = { part: 'html', locale: undefined, partials: new Map<string, Template>() } as const;
    await expect(engine.check(template, context)).rejects.toThrow();
  });
}
