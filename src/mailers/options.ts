import type { MailAddress } from './address.js';
import type { AttachmentOptions } from './attachments/mail-attachment.js';
import type { MailTransport } from './mail-transport.js';
import type { TemplateOptions } from './templates/template-options.js';

/** Injects the `MailersOptions`. */
export const MAILERS_OPTIONS = Symbol('nestjs-fledge:mailers-options');

/** What `MailersModule.forRoot` takes. */
export interface MailersOptions {
  /**
   * `smtp://[user:password@]host[:port]`, `smtps://…`, or a transport of your own.
   * @default the environment's SMTP_URL; unset: .eml files, refused when NODE_ENV is production
   */
  readonly transport?: string | MailTransport | undefined;
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
