/** The parts of a mail that templates render. */
export const templateParts = ['subject', 'text', 'html'] as const;
export type TemplatePart = (typeof templateParts)[number];

/** A template with its source. It stays the same object until the file of any template changes. */
export interface Template {
  /** For messages: the file's path below the template directory, such as `user-mailer/welcome.ja.html.liquid`. */
  readonly name: string;
  readonly source: string;
}

/** The partials for one part and language, by the name that a template uses, such as `shared/button`. */
export type Partials = ReadonlyMap<string, Template>;

/** The part and language that a template is rendered for. */
export interface TemplateContext {
  readonly part: TemplatePart;
  /** The language of the mail as a BCP 47 tag, such as `ja-JP`. Undefined: the mail has no language. */
  readonly locale: string | undefined;
  /** The same object for all mails of one part and language, until a file changes. */
  readonly partials: Partials;
  /** For a layout: the rendered content that goes into it. For html it is html, and must not be escaped again. */
  readonly content?: string;
}

/**
 * Renders templates. To use anything other than Liquid, pass your own engine to `MailersModule.forRoot({ templates: { engine } })`. It
 * must escape the values that it puts into html. Fledge reads all templates from the template directory, so an engine opens no files.
 */
export abstract class TemplateEngine {
  /** The extension of the template files, without the dot. */
  abstract readonly extension: string;

  /** Checks a template at boot, without variables. Rejects with an error that names the problem. */
  async check(_template: Template, _context: TemplateContext): Promise<void> {}

  /**
   * Renders a template.
   *
   * @param variables the `data` of the mail, and `mail` with the mail's `subject` and `locale`
   */
  abstract render(
    template: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string>;

  /** Makes the last changes to a rendered part with its layout. */
  async finish(document: string, _part: TemplatePart): Promise<string> {
    return document;
  }
}
