import type { MailAddress } from './address.js';
import type { MailAttachment } from './mail-attachment.js';

/** One address, or several. */
export type MailAddresses = MailAddress | readonly MailAddress[];

/** What a mailer's class may say for all of its mails; each mail's own values win. */
export interface MailDefaults {
  /** @default `from` of MailersModule.forRoot */
  readonly from?: MailAddress;
  readonly cc?: MailAddresses;
  readonly bcc?: MailAddresses;
  readonly replyTo?: MailAddress;
  /** Further headers, such as `{ 'List-Unsubscribe': '<https://…>' }`. A mail's own are added to its class's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The layout around its templates: `layouts/<name>.<html|text>.liquid`. False: none. @default `templates.layout` of MailersModule.forRoot */
  readonly layout?: string | false;
  /** The language that templates and subjects are chosen for, as a BCP 47 tag. @default `locale` of MailersModule.forRoot */
  readonly locale?: string;
  /** One of `transports` of MailersModule.forRoot, by its name. @default the one that `transport` gives */
  readonly transport?: string;
}

/** What a mailer's action returns. What it leaves out, the class's defaults and templates give. */
export interface Mail extends MailDefaults {
  readonly to: MailAddresses;
  /** @default the template `<mailer>/<action>.subject.liquid`, then the class's `subjects` */
  readonly subject?: string;
  /** False: none. @default the template `<mailer>/<action>.text.liquid`; without one, made from the html */
  readonly text?: string | false;
  /** @default the template `<mailer>/<action>.html.liquid` */
  readonly html?: string;
  /** The templates' variables. In html they are escaped. @default {} */
  readonly data?: object;
  /** Other templates than the action's: `reminder` of the same mailer, `orders/receipt` of any. */
  readonly template?: string;
  readonly attachments?: readonly MailAttachment[];
}

/** A mail with what its class says where it says nothing. */
export function withDefaults(mail: Mail, defaults: MailDefaults): Mail {
  const own = Object.fromEntries(Object.entries(mail).filter(([, value]) => value !== undefined)) as Mail;
  return { ...defaults, ...own, headers: joinHeaders(defaults.headers ?? {}, mail.headers ?? {}) };
}

/** Names of headers do not tell large letters from small ones. */
function joinHeaders(
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(defaults).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
}
