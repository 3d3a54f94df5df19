import { parseAddress, type MailAddress, type Refuse } from './address.js';
import { checkOutgoing, refusing, type OutgoingMail } from './outgoing-mail.js';

/** What a mailer's action returns. At least one of `text` and `html` is needed; with both, the reader's program chooses. */
export interface Mail {
  readonly to: MailAddress | readonly MailAddress[];
  /** @default `from` of MailersModule.forRoot */
  readonly from?: MailAddress;
  readonly cc?: MailAddress | readonly MailAddress[];
  readonly bcc?: MailAddress | readonly MailAddress[];
  readonly replyTo?: MailAddress;
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** Further headers, such as `{ 'List-Unsubscribe': '<https://…>' }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Brings what an action returned into one shape, and checks it.
 *
 * @param who the mailer and its action, for messages
 * @throws FledgeError `FLEDGE_MAIL_INVALID`
 */
export function checkMail(
  mail: Mail,
  who: string,
  id: string,
  defaultFrom: MailAddress | undefined,
): OutgoingMail {
  const refuse: Refuse = refusing(who);
  if (typeof mail !== 'object' || mail === null)
    refuse('the action returned no mail. Return { to, subject, text }');
  const addresses = (field: string, value: Mail['to'] | undefined) =>
    listOf(value).map((address) => parseAddress(address, field, refuse));
  const from = parseAddress(
    mail.from ?? defaultFrom ?? refuse('it has no from. Give one, or set from in MailersModule.forRoot'),
    'from',
    refuse,
  );
  return checkOutgoing(
    {
      messageId: `<${id}@${from.address.split('@')[1]}>`,
      from,
      to: addresses('to', mail.to),
      cc: addresses('cc', mail.cc),
      bcc: addresses('bcc', mail.bcc),
      replyTo: mail.replyTo === undefined ? undefined : parseAddress(mail.replyTo, 'replyTo', refuse),
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      headers: mail.headers ?? {},
      attachments: [],
      locale: undefined,
    },
    who,
  );
}

function listOf(value: Mail['to'] | undefined): readonly MailAddress[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly MailAddress[]) : [value as MailAddress];
}
