import { FledgeError } from '../jobs/index.js';

/** `'ada@acme.test'`, `'Ada <ada@acme.test>'`, or the two apart. Always exactly one address. */
export type MailAddress = string | { readonly name?: string; readonly address: string };

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

export interface ParsedAddress {
  readonly name: string;
  readonly address: string;
}

/** A checked mail, as transports get it. */
export interface OutgoingMail {
  /** Derived from the job's id, so that all attempts at one mail carry the same. */
  readonly messageId: string;
  readonly from: ParsedAddress;
  readonly to: readonly ParsedAddress[];
  readonly cc: readonly ParsedAddress[];
  readonly bcc: readonly ParsedAddress[];
  readonly replyTo: ParsedAddress | undefined;
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that have a field of their own, or that decide who gets the mail. */
const ownHeaders =
  /^(to|from|cc|bcc|reply-to|sender|subject|message-id|date|mime-version|content-.*|resent-.*|return-path)$/i;

/**
 * Checks a mail and brings it into one shape. Text from users ends up in subjects and names: nothing that could add a
 * header or a recipient comes through.
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
  const refuse = (why: string): never => {
    throw new FledgeError('FLEDGE_MAIL_INVALID', `${who} cannot be sent: ${why}.`);
  };
  if (typeof mail !== 'object' || mail === null)
    refuse('the action returned no mail. Return { to, subject, text }');
  const addresses = (field: string, value: Mail['to'] | undefined) =>
    listOf(value).map((address) => parseAddress(address, field, refuse));
  const from =
    mail.from ?? defaultFrom ?? refuse('it has no from. Give one, or set from in MailersModule.forRoot');
  const to = addresses('to', mail.to);
  const [cc, bcc] = [addresses('cc', mail.cc), addresses('bcc', mail.bcc)];
  if (to.length + cc.length + bcc.length === 0) refuse('it has no recipient. Give to');
  if (typeof mail.subject !== 'string' || mail.subject.trim() === '') refuse('it has no subject. Give one');
  if (hasLineBreak(mail.subject)) refuse('its subject has a line break. Remove it');
  if (mail.text === undefined && mail.html === undefined)
    refuse('it has neither text nor html. Give one of them');
  const sender = parseAddress(from, 'from', refuse);
  return {
    messageId: `<${id}@${sender.address.split('@')[1]}>`,
    from: sender,
    to,
    cc,
    bcc,
    replyTo: mail.replyTo === undefined ? undefined : parseAddress(mail.replyTo, 'replyTo', refuse),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: checkHeaders(mail.headers ?? {}, refuse),
  };
}

function listOf(value: Mail['to'] | undefined): readonly MailAddress[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly MailAddress[]) : [value as MailAddress];
}

function parseAddress(value: MailAddress, field: string, refuse: (why: string) => never): ParsedAddress {
  const { name = '', address } = typeof value === 'string' ? splitAddress(value) : value;
  if (
    typeof address !== 'string' ||
    address.length > 254 ||
    !/^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/.test(address)
  ) {
    refuse(
      `${field} has ${JSON.stringify(value)}, which is not one address. Give each its own entry: ['a@acme.test', 'B <b@acme.test>']`,
    );
  }
  if (hasLineBreak(name)) refuse(`${field} has a name with a line break. Remove it`);
  return { name, address };
}

function splitAddress(text: string): { name: string; address: string } {
  const named = /^\s*(?:"([^"]*)"|([^"<>]*?))\s*<([^<>]*)>\s*$/.exec(text);
  return named
    ? { name: named[1] ?? named[2] ?? '', address: named[3]! }
    : { name: '', address: text.trim() };
}

function checkHeaders(
  headers: Readonly<Record<string, string>>,
  refuse: (why: string) => never,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[A-Za-z0-9-]+$/.test(name)) refuse(`${JSON.stringify(name)} cannot be a header's name`);
    if (ownHeaders.test(name)) refuse(`the header ${name} is set through the mail's own fields`);
    if (typeof value !== 'string' || hasLineBreak(value))
      refuse(`the header ${name} is no single line of text`);
  }
  return headers;
}

function hasLineBreak(text: string): boolean {
  return /[\r\n\u2028\u2029\0]/.test(text);
}
