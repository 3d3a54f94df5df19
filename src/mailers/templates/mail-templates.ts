import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../../jobs/index.js';
import { localeChain } from '../locale.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../options.js';
import { LiquidEngine } from './liquid-engine.js';
import type { Template, TemplateContext, TemplateEngine, TemplatePart } from './template-engine.js';
import { TemplateFiles } from './template-files.js';
import type { NamedTemplate, TemplateSet } from './template-set.js';

/** Whose templates are wanted, and what for. */
export interface TemplateRequest {
  /** The mailer and its action, for messages. */
  readonly who: string;
  /** The templates' path without locale and part: `user-mailer/welcome`. */
  readonly base: string;
  /** A layout's name, false for none, undefined for the module's. */
  readonly layout: string | false | undefined;
  readonly locale: string | undefined;
  readonly data: object;
}

/** The templates of one mail, found. */
export interface FoundTemplates {
  readonly subject: Template | undefined;
  readonly text: Template | undefined;
  readonly html: Template | undefined;
  /** The files of which one had to be there. */
  readonly lookedFor: readonly string[];
  render(part: TemplatePart, template: Template, subject: string | undefined): Promise<string>;
}

/** Finds and renders the templates of mails. */
@Injectable()
export class MailTemplates {
  private readonly engine: TemplateEngine;
  private readonly files: TemplateFiles;

  constructor(@Inject(MAILERS_OPTIONS) private readonly options: MailersOptions) {
    const { directory, engine } = options.templates ?? {};
    this.engine = engine ?? new LiquidEngine();
    this.files = new TemplateFiles(
      directory ?? 'mails',
      directory !== undefined,
      this.engine.extension,
      process.env.NODE_ENV !== 'production',
    );
  }

  /** Where templates are; absolute. */
  get directory(): string {
    return this.files.directory;
  }

  /**
   * Looks at all that can be known before a mail is made.
   *
   * @param subjects those that stand on classes
   * @param layouts what classes name, with the words for messages
   * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_INVALID` with each mistake's file and line, `FLEDGE_MAIL_TEMPLATE_MISSING`,
   * `FLEDGE_PEER_MISSING`
   */
  async check(
    subjects: readonly Template[],
    layouts: readonly { who: string; layout: string }[],
  ): Promise<void> {
    const set = await this.files.current();
    const { layout } = this.options.templates ?? {};
    const own = layout ? [{ who: 'templates.layout of MailersModule.forRoot', layout }] : [];
    for (const one of [...own, ...layouts]) this.requireLayout(set, one.layout, one.who);
    const mistakes: string[] = [];
    const look = async (template: Template, context: TemplateContext): Promise<void> => {
      try {
        await this.engine.check(template, context);
      } catch (error) {
        if (error instanceof FledgeError && error.code !== 'FLEDGE_MAIL_TEMPLATE_INVALID') throw error;
        mistakes.push(worded(template, error));
      }
    };
    for (const template of set.templates) {
      await look(template, this.contextOf(set, template.part ?? 'html', template.locale));
    }
    for (const subject of subjects) await look(subject, this.contextOf(set, 'subject', undefined));
    if (mistakes.length > 0) {
      throw new FledgeError(
        'FLEDGE_MAIL_TEMPLATE_INVALID',
        `In ${this.files.directory}: ${mistakes.join('; ')}.`,
      );
    }
  }

  /** The languages that an action has templates in. */
  async localesOf(base: string): Promise<readonly string[]> {
    return (await this.files.current()).localesOf(base);
  }

  /** @throws FledgeError `FLEDGE_MAIL_TEMPLATE_MISSING` for a layout that is not there */
  async find(request: TemplateRequest): Promise<FoundTemplates> {
    const set = await this.files.current();
    const { base, locale, layout } = request;
    const chain = localeChain(locale, this.options.locale);
    // Both bodies are of one language: html in Japanese with text in English would be two mails in one.
    const language = chain.find((one) => set.find(base, 'html', one) ?? set.find(base, 'text', one));
    const name = layout ?? this.options.templates?.layout;
    if (name) this.requireLayout(set, name, request.who);
    return {
      subject: set.first(base, 'subject', chain),
      text: set.find(base, 'text', language),
      html: set.find(base, 'html', language),
      lookedFor: chain.flatMap((one) =>
        ['html', 'text'].map(
          (part) => `${base}.${one === undefined ? '' : `${one}.`}${part}.${this.engine.extension}`,
        ),
      ),
      render: async (part, template, subject) => {
        const context = this.contextOf(set, part, locale);
        const variables = { ...request.data, mail: { subject: subject ?? null, locale: locale ?? null } };
        const rendered = await this.render(request.who, template, variables, context);
        const around = name === false || part === 'subject' ? undefined : this.layout(set, name, part, chain);
        const whole = around
          ? await this.render(request.who, around, variables, { ...context, content: rendered })
          : rendered;
        return this.engine.finish(whole, part);
      },
    };
  }

  /** @throws FledgeError `FLEDGE_MAIL_TEMPLATE_INVALID` */
  private async render(
    who: string,
    template: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string> {
    try {
      return await this.engine.render(template, variables, context);
    } catch (error) {
      if (error instanceof FledgeError) throw error;
      throw new FledgeError('FLEDGE_MAIL_TEMPLATE_INVALID', `${who}: ${worded(template, error)}.`, {
        cause: error,
      });
    }
  }

  private contextOf(set: TemplateSet, part: TemplatePart, locale: string | undefined): TemplateContext {
    return { part, locale, partials: set.partials(part, localeChain(locale, this.options.locale)) };
  }

  private layout(
    set: TemplateSet,
    name: string | undefined,
    part: TemplatePart,
    chain: readonly (string | undefined)[],
  ): NamedTemplate | undefined {
    return set.first(`layouts/${name ?? 'default'}`, part, chain);
  }

  private requireLayout(set: TemplateSet, name: string, who: string): void {
    const base = `layouts/${name}`;
    if (set.templates.some((one) => one.base === base)) return;
    const { extension } = this.engine;
    throw new FledgeError(
      'FLEDGE_MAIL_TEMPLATE_MISSING',
      `${who} names the layout "${name}", which is not there. Write ${base}.html.${extension} or ${base}.text.${extension} below ${this.files.directory}.`,
    );
  }
}

/** An engine's complaint, with the file if it does not have it itself. */
function worded(template: Template, error: unknown): string {
  const { message } = error as Error;
  return message.includes('file:') ? message : `${template.name}: ${message}`;
}
