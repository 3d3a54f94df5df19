import type { MailAddress } from './address.js';
import type { MailAlternative, MailAttachment } from './mail-attachment.js';

/** One address, or several. */
export type MailAddresses = MailAddress | readonly MailAddress[];

/** Fields that a mailer class can set for all of its mails. The fields of a mail override them. */
export interface MailDefaults {
  /** The sender. @default `from` of MailersModule.forRoot */
  readonly from?: MailAddress;
  /** Recipients of a copy. @default none */
  readonly cc?: MailAddresses;
  /** Recipients of a copy that the others do not see. @default none */
  readonly bcc?: MailAddresses;
  /** Where answers go. @default none, and answers go to `from` */
  readonly replyTo?: MailAddresses;
  /** The address that sends the mail for `from`, in the header `Sender`. @default none, and `from` sends the mail */
  readonly sender?: MailAddress;
  /** The address that servers return a mail to if they cannot deliver it, such as `bounces+42@acme.test`. @default the address of `from` */
  readonly returnPath?: string;
  /** Additional headers, such as `{ 'List-Unsubscribe': '<https://…>' }`. The headers of a mail are added to the headers of its class. @default {} */
  readonly headers?: Readonly<Record<string, string>>;
  /** The layout around the templates: `layouts/<name>.<html|text>.liquid`. False: no layout. @default `templates.layout` of MailersModule.forRoot */
  readonly layout?: string | false;
  /** The language that templates and subjects are chosen for, as a BCP 47 tag. @default `locale` of MailersModule.forRoot */
  readonly locale?: string;
  /** The name of one of the `transports` of MailersModule.forRoot. @default the transport in `transport` of MailersModule.forRoot */
  readonly transport?: string;
}

/** The mail that a mailer's action returns. Missing fields come from the class's defaults and from templates. */
export interface Mail extends MailDefaults {
  readonly to: MailAddresses;
  /** @default the template `<mailer>/<action>.subject.liquid`, then the class's `subjects` */
  readonly subject?: string;
  /** False: no text. @default the template `<mailer>/<action>.text.liquid`. Without that template, the text is made from the html */
  readonly text?: string | false;
  /** @default the template `<mailer>/<action>.html.liquid` */
  readonly html?: string;
  /** The variables of the templates. They are escaped in html. @default {} */
  readonly data?: object;
  /** Templates to use instead of the action's: `reminder` of the same mailer, or `orders/receipt` of any mailer. @default the action's */
  readonly template?: string;
  readonly attachments?: readonly MailAttachment[];
  /**
   * Other forms of the content next to text and html, such as an invitation:
   * `{ contentType: 'text/calendar; method=REQUEST', content: ics }`. A mail program shows the form that it knows best.
   */
  readonly alternatives?: readonly MailAlternative[];
  /**
   * The mail's id, such as `<ticket-42@acme.test>`, so that later mails can refer to it in `In-Reply-To`. Every attempt must return
   * the same id. @default made from the job's id
   */
  readonly messageId?: string;
}
