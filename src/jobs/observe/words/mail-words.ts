import type { MailEvent } from '../../events/mail-events.js';
import { counted } from '../../values/printable.js';
import { factsOf, log, warn, type Words } from './log-line.js';

export const mailWords = {
  'mail-delivered': (event) =>
    log(
      `${event.mailer}.${event.action} delivered to ${counted(event.recipients, 'recipient')}: ${event.detail}`,
      () => answerOf(event),
    ),
  'mail-rejected': (event) =>
    warn(
      `${event.mailer}.${event.action}: ${counted(event.recipients, 'recipient')} permanently rejected: ${event.response}`,
      () => answerOf(event),
    ),
  'mail-vetoed': (event) =>
    log(`${event.mailer}.${event.action} not sent: vetoed by ${event.by}`, () => mailOf(event)),
  'mail-transport-broken': ({ message, transport }) =>
    warn(`${message} [FLEDGE_MAIL_CONFIGURATION]`, () => ({ code: 'FLEDGE_MAIL_CONFIGURATION', transport })),
  'mail-transport-works': ({ transport }) =>
    log(`the mail transport "${transport}" works again`, () => ({ transport })),
  'mail-previews-listening': ({ url }) => log(`mail previews on ${url}`),
} satisfies Words<MailEvent>;

type MailEventOf<Type extends MailEvent['type']> = MailEvent & { readonly type: Type };

function answerOf(event: MailEventOf<'mail-delivered' | 'mail-rejected'>): Record<string, unknown> {
  return { ...mailOf(event), transport: event.transport, recipients: event.recipients };
}

function mailOf(
  event: MailEventOf<'mail-delivered' | 'mail-rejected' | 'mail-vetoed'>,
): Record<string, unknown> {
  return { ...factsOf(event), mailer: event.mailer, action: event.action };
}
