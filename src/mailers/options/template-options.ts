import type { TemplateEngine } from '../mail/template-engine.js';

/** `templates` of MailersModule.forRoot. */
export interface TemplateOptions {
  /**
   * Where templates are: `<mailer>/<action>[.<locale>].<subject|text|html>.liquid`, layouts in `layouts/`. Relative to the
   * directory that the process starts in; an image must contain it.
   * @default 'mails', if that is there
   */
  readonly directory?: string;
  /** The layout of mails that name none: `layouts/<name>.<html|text>.liquid`. False: none. @default 'default', if it is there */
  readonly layout?: string | false;
  /** @default new LiquidEngine(), which needs the package liquidjs */
  readonly engine?: TemplateEngine;
}
