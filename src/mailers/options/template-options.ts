import type { TemplateEngine } from '../mail/template-engine.js';

/** `templates` of MailersModule.forRoot. */
export interface TemplateOptions {
  /**
   * The template directory, relative to the directory that the process starts in. Templates are named
   * `<mailer>/<action>[.<locale>].<subject|text|html>.liquid`, and layouts are in `layouts/`. An image must contain the directory.
   * @default 'mails', if it exists
   */
  readonly directory?: string;
  /** The layout of mails that don't set `layout`: `layouts/<name>.<html|text>.liquid`. False: no layout. @default 'default', if it exists */
  readonly layout?: string | false;
  /** Renders the templates. @default new LiquidEngine(), which needs the package liquidjs */
  readonly engine?: TemplateEngine;
}
