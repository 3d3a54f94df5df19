import { FledgeError } from '../../../jobs/index.js';
import { asError } from '../../../jobs/internals.js';
import { localeChain } from '../../mail/locale.js';
import type { Template, TemplateContext, TemplateEngine, TemplatePart } from '../../mail/template-engine.js';
import type { TemplateSet } from './template-set.js';

/** Whose templates are wanted, and what for. */
export interface TemplateRequest {
  /** The mailer and its action, for messages. */
  readonly who: string;
  /** The templates' path without locale and part: `user-mailer/welcome`. */
  readonly base: string;
  /** A layout's name, false for none, undefined for `default` if it is there. */
  readonly layout: string | false | undefined;
  readonly locale: string | undefined;
  /** The module's language. */
  readonly fallback: string | undefined;
  readonly data: object;
}

/** The templates of one mail. */
export class FoundTemplates {
  readonly subject: Template | undefined;
  readonly text: Template | undefined;
  readonly html: Template | undefined;
  private readonly chain: readonly (string | undefined)[];

  constructor(
    private readonly set: TemplateSet,
    private readonly engine: TemplateEngine,
    private readonly request: TemplateRequest,
  ) {
    const { base, locale, fallback } = request;
    this.chain = localeChain(locale, fallback);
    // Both bodies are of one language: html in Japanese with text in English would be two mails in one.
    const language = this.chain.find((one) => set.find(base, 'html', one) ?? set.find(base, 'text', one));
    this.subject = set.first(base, 'subject', this.chain);
    this.text = set.find(base, 'text', language);
    this.html = set.find(base, 'html', language);
  }

  /** The files of which one had to be there. */
  get lookedFor(): readonly string[] {
    const endings = ['html', 'text'].map((part) => `${part}.${this.engine.extension}`);
    return this.chain.flatMap((one) =>
      endings.map((ending) =>
        [this.request.base, one, ending].filter((part) => part !== undefined).join('.'),
      ),
    );
  }

  /**
   * One part, with its layout around it.
   *
   * @param subject the mail's, as far as it is known
   * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_INVALID`, `FLEDGE_PEER_MISSING`
   */
  async render(part: TemplatePart, template: Template, subject?: string): Promise<string> {
    const { data, locale, layout = 'default' } = this.request;
    const context = { part, locale, partials: this.set.partials(part, this.chain) };
    const variables = { ...data, mail: { subject: subject ?? null, locale: locale ?? null } };
    const around =
      layout === false || part === 'subject'
        ? undefined
        : this.set.first(`layouts/${layout}`, part, this.chain);
    return this.naming(template, async () => {
      const content = await this.engine.render(template, variables, context);
      const whole = around ? await this.wrap(around, variables, { ...context, content }) : content;
      return this.engine.finish(whole, part);
    });
  }

  private async wrap(
    layout: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string> {
    return this.naming(layout, () => this.engine.render(layout, variables, context));
  }

  private async naming(template: Template, render: () => Promise<string>): Promise<string> {
    try {
      return await render();
    } catch (cause) {
      if (cause instanceof FledgeError) throw cause;
      const message = `${this.request.who}: ${complaint(template, cause)}.`;
      throw new FledgeError('FLEDGE_MAIL_TEMPLATE_INVALID', message, { cause });
    }
  }
}

/** The most characters of an engine's words that are passed on: it may quote a user's. */
const mostWords = 1_000;

/** What an engine said of a template, with the file if it did not name it. */
export function complaint(template: Template, error: unknown): string {
  const message = asError(error).message.slice(0, mostWords);
  return message.includes('file:') ? message : `${template.name}: ${message}`;
}
