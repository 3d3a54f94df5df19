import { FledgeError } from '../../../jobs/index.js';
import { asError } from '../../../jobs/internals.js';
import { localeChain } from '../../mail/locale.js';
import type { Template, TemplateContext, TemplateEngine, TemplatePart } from '../../mail/template-engine.js';
import type { TemplateSet } from './template-set.js';

/** The mail that templates are looked up for. */
export interface TemplateRequest {
  /** The mailer and its action, for messages. */
  readonly who: string;
  /** The path of the templates without locale and part, such as `user-mailer/welcome`. */
  readonly base: string;
  /** The name of a layout. False: no layout. Undefined: the layout `default`, if it exists. */
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
    // Both bodies are in one language, so a mail never has html in Japanese and text in English.
    const language = this.chain.find((one) => set.find(base, 'html', one) ?? set.find(base, 'text', one));
    this.subject = set.first(base, 'subject', this.chain);
    this.text = set.find(base, 'text', language);
    this.html = set.find(base, 'html', language);
  }

  /** The files of which at least one must exist. */
  get lookedFor(): readonly string[] {
    const endings = ['html', 'text'].map((part) => `${part}.${this.engine.extension}`);
    return this.chain.flatMap((one) =>
      endings.map((ending) =>
        [this.request.base, one, ending].filter((part) => part !== undefined).join('.'),
      ),
    );
  }

  /**
   * Renders one part with its layout.
   *
   * @param subject the subject of the mail. @default no subject
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
    return this.withFileName(template, async () => {
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
    return this.withFileName(layout, () => this.engine.render(layout, variables, context));
  }

  /** Adds the mail and the template's file to an error of the engine. */
  private async withFileName(template: Template, render: () => Promise<string>): Promise<string> {
    try {
      return await render();
    } catch (cause) {
      if (cause instanceof FledgeError) throw cause;
      const message = `${this.request.who}: ${templateErrorText(template, cause)}.`;
      throw new FledgeError('FLEDGE_MAIL_TEMPLATE_INVALID', message, { cause });
    }
  }
}

/** The maximum number of characters of an engine's error message. The engine may quote a text of a user. */
const mostCharacters = 1_000;

/** Returns the message of an engine's error. The template's file is added if the message does not name it. */
export function templateErrorText(template: Template, error: unknown): string {
  const message = asError(error).message.slice(0, mostCharacters);
  return message.includes('file:') ? message : `${template.name}: ${message}`;
}
