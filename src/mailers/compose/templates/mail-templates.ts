import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../../../jobs/index.js';
import { localeChain } from '../../mail/locale.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../../options/mailers-options.js';
import { FoundTemplates, templateErrorText, type TemplateRequest } from './found-templates.js';
import { LiquidEngine } from './liquid-engine.js';
import type { Template, TemplateContext, TemplateEngine, TemplatePart } from '../../mail/template-engine.js';
import { TemplateFiles } from './template-files.js';
import type { TemplateSet } from './template-set.js';

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

  /** The absolute path of the template directory. */
  get directory(): string {
    return this.files.directory;
  }

  /**
   * Checks all templates at boot.
   *
   * @param subjects the subjects that mailer classes declare
   * @param layouts the layouts that mailer classes name. `who` names the class in messages
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
    const check = async (template: Template, context: TemplateContext): Promise<void> => {
      try {
        await this.engine.check(template, context);
      } catch (error) {
        if (error instanceof FledgeError) throw error;
        mistakes.push(templateErrorText(template, error));
      }
    };
    for (const template of set.templates) {
      await check(template, this.contextOf(set, template.part ?? 'html', template.locale));
    }
    for (const subject of subjects) await check(subject, this.contextOf(set, 'subject', undefined));
    if (mistakes.length > 0) {
      throw new FledgeError(
        'FLEDGE_MAIL_TEMPLATE_INVALID',
        `Templates in ${this.files.directory} have mistakes: ${mistakes.join('; ')}.`,
      );
    }
  }

  /** Returns the languages that an action has templates in. */
  async localesOf(base: string): Promise<readonly string[]> {
    return (await this.files.current()).localesOf(base);
  }

  /**
   * Finds the templates of a mail.
   *
   * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_MISSING` for a layout that does not exist
   */
  async find(request: Omit<TemplateRequest, 'fallback'>): Promise<FoundTemplates> {
    const set = await this.files.current();
    const layout = request.layout ?? this.options.templates?.layout;
    if (layout) this.requireLayout(set, layout, request.who);
    return new FoundTemplates(set, this.engine, { ...request, layout, fallback: this.options.locale });
  }

  private contextOf(set: TemplateSet, part: TemplatePart, locale: string | undefined): TemplateContext {
    return { part, locale, partials: set.partials(part, localeChain(locale, this.options.locale)) };
  }

  private requireLayout(set: TemplateSet, name: string, who: string): void {
    const base = `layouts/${name}`;
    if (set.templates.some((one) => one.base === base)) return;
    const { extension } = this.engine;
    throw new FledgeError(
      'FLEDGE_MAIL_TEMPLATE_MISSING',
      `${who} names a layout that does not exist: "${name}". Write ${base}.html.${extension} or ${base}.text.${extension} below ${this.files.directory}.`,
    );
  }
}
