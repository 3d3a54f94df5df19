import type { Type } from '@nestjs/common';
import type { PolicyOptions } from '../../jobs/index.js';
import type { MailAddress } from '../mail/address.js';
import type { AttachmentOptions } from '../mail/mail-attachment.js';
import type { MailMiddleware } from '../mail/mail-middleware.js';
import type { TemplateOptions } from './template-options.js';
import type { TransportOption } from './transport-option.js';

/** The token that injects the `MailersOptions`. */
export const MAILERS_OPTIONS = Symbol('nestjs-fledge:mailers-options');

/** The options of `MailersModule.forRoot`. */
export interface MailersOptions {
  /**
   * The default transport: `smtp://[user:password@]host[:port]`, `smtps://…`, `ses:eu-west-1`, `file:tmp/mails`, `memory:`, options,
   * or your own transport. SMTP options without `url` and `host` use the server of SMTP_URL.
   * @default the environment's SMTP_URL. Without it, .eml files. If NODE_ENV is production, the application then refuses to start
   */
  readonly transport?: TransportOption | undefined;
  /**
   * Additional transports by name. A mailer selects one with `@Mailer({ defaults: { transport: 'bulk' } })`, a mail with
   * `transport: 'bulk'`.
   * @default {}
   */
  readonly transports?: Readonly<Record<string, TransportOption>>;
  /** Middleware around each delivery, the first outermost. It may change a mail, or prevent it from being sent. @default [] */
  readonly middleware?: readonly (MailMiddleware | Type<MailMiddleware>)[];
  /**
   * The retry options of mails. `defaults` of JobsModule.forRoot does not apply to mails.
   * @default { attempts: 20 } with Sidekiq's delays, which takes 5 days, as RFC 5321 advises
   */
  readonly policy?: PolicyOptions;
  /** The sender of mails that don't set `from`. @default none, and each mailer needs its own in its `defaults` */
  readonly from?: MailAddress;
  /** The directory for .eml files if there is no transport. @default 'tmp/mails' */
  readonly directory?: string;
  /** The language of mails that don't set `locale`, and the fallback for other languages, as a BCP 47 tag. @default none */
  readonly locale?: string;
  /** Where the templates are, and how they are rendered. @default {} */
  readonly templates?: TemplateOptions;
  /** What attachments may be read or fetched. @default {}, and only `content` works */
  readonly attachments?: AttachmentOptions;
  /** The maximum size of an encoded mail, in bytes. @default 26214400, 25 MiB */
  readonly maxSize?: number;
}
