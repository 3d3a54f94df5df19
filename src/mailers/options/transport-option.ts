import type { MailTransport } from '../mail/mail-transport.js';
import type { SesOptions } from './ses-options.js';
import type { SmtpOptions } from './smtp-options.js';

/**
 * A server, a service, a place to keep mails, or a transport of your own. Of the URLs there are `smtp:`, `smtps:`,
 * `ses:eu-west-1`, `file:tmp/mails` and `memory:`.
 */
export type TransportOption = string | SmtpOptions | SesOptions | MailTransport;
