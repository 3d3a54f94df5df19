/** The parts of a mail that templates make. */
export const templateParts = ['subject', 'text', 'html'] as const;
export type TemplatePart = (typeof templateParts)[number];

/** A template, read. As long as its file does not change, and all others do not, it is the same object. */
export interface Template {
  /** For people: the file's path below the templates' directory, such as `user-mailer/welcome.ja.html.liquid`. */
  readonly name: string;
  readonly source: string;
}

/** Partials by the name that a template calls them, such as `shared/button`: for this part and language. */
export type Partials = ReadonlyMap<string, Template>;

/** What a template is rendered for. */
export interface TemplateContext {
  readonly part: TemplatePart;
  /** The language of the mail as a BCP 47 tag, such as `ja-JP`; undefined when none was asked for. */
  readonly locale: string | undefined;
  /** The same object for all mails of one part and language, until a file changes. */
  readonly partials: Partials;
  /** For a layout: what it is around, rendered. Of html it is html, and must not be escaped again. */
  readonly content?: string;
}

/**
 * Renders templates. Give your own to `MailersModule.forRoot({ templates: { engine } })` for anything but Liquid; it must
 * escape what it puts into html. All templates are read by Fledge, from inside the templates' directory: an engine opens no file.
 */
export abstract class TemplateEngine {
  /** What the names of its files end with, without the dot. */
  abstract readonly extension: string;

  /** Rejects with what is wrong with a template, as far as it is known without variables. Asked at boot. */
  async check(_template: Template, _context: TemplateContext): Promise<void> {}

  /** @param variables what the mailer gave as `data`, and `mail` with the mail's `subject` and `locale` */
  abstract render(
    template: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string>;

  /** Makes the last changes to a part, with its layout around it. */
  async finish(document: string, _part: TemplatePart): Promise<string> {
    return document;
  }
}
