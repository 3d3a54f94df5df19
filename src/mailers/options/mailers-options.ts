import type { Type } from '@nestjs/common';
import type { PolicyOptions } from '../../jobs/index.js';
import type { MailAddress } from '../mail/address.js';
import type { AttachmentOptions } from '../mail/mail-attachment.js';
import type { MailMiddleware } from '../mail/mail-middleware.js';
import type { TemplateOptions } from './template-options.js';
import type { TransportOption } from './transport-option.js';

/** Injects the `MailersOptions`. */
export const MAILERS_OPTIONS = Symbol('nestjs-fledge:mailers-options');

/** What `MailersModule.forRoot` takes. */
export interface MailersOptions {
  /**
   * How mails go out: `smtp://[user:password@]host[:port]` or `smtps://…`, `ses:eu-west-1`, `file:tmp/mails`, `memory:`,
   * options (of SMTP without `url`: for the server of SMTP_URL), or a transport of your own.
   * @default the environment's SMTP_URL; unset: .eml files, refused when NODE_ENV is production
   */
  readonly transport?: TransportOption | undefined;
  /**
   * Further transports, by name: for `@Mailer({ defaults: { transport: 'bulk' } })`, and `transport: 'bulk'` in a mail.
   * @default {}
   */
  readonly transports?: Readonly<Record<string, TransportOption>>;
  /** What runs around each delivery, the first outermost: it may change a mail, or keep it from being sent. @default [] */
  readonly middleware?: readonly (MailMiddleware | Type<MailMiddleware>)[];
  /**
   * How mails are tried again, where that is not as here. `defaults` of JobsModule.forRoot does not hold for mails.
   * @default { attempts: 20 } along Sidekiq's curve: for 5 days, as RFC 5321 advises
   */
  readonly policy?: PolicyOptions;
  /** Who sends, for mails that do not say. @default none: then each mail needs its own */
  readonly from?: MailAddress;
  /** Where .eml files are written when there is no transport. @default 'tmp/mails' */
  readonly directory?: string;
  /** The language of mails that do not say, and what others fall back to, as a BCP 47 tag. @default none */
  readonly locale?: string;
  readonly templates?: TemplateOptions;
  readonly attachments?: AttachmentOptions;
  /** The size that a mail may have, encoded, in bytes. @default 26214400, 25 MiB */
  readonly maxSize?: number;
}
