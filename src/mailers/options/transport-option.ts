import type { MailTransport } from '../mail/mail-transport.js';
import type { SesOptions } from './ses-options.js';
import type { SmtpOptions } from './smtp-options.js';

/**
 * A transport: a URL, options for SMTP or Amazon SES, or your own `MailTransport`. The URLs are `smtp:`, `smtps:`, `ses:eu-west-1`,
 * `file:tmp/mails` and `memory:`.
 */
export type TransportOption = string | SmtpOptions | SesOptions | MailTransport;
