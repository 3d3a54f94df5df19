import type { MailAddress } from './address.js';
import type { MailTransport } from './mail-transport.js';

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
}
