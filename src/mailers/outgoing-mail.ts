import { FledgeError } from '../jobs/index.js';
import { hasLineBreak, parseAddress, type ParsedAddress, type Refuse } from './address.js';
import { canonicalLocale } from './locale.js';

/** A file in a mail, read: a mail can be looked at, and handed to a second transport, as often as is needed. */
export interface OutgoingAttachment {
  readonly filename: string | undefined;
  /** @default by the filename's ending */
  readonly contentType: string | undefined;
  /** For `<img src="cid:…">`: the attachment is then shown in the html and not listed. */
  readonly cid: string | undefined;
  readonly content: Buffer;
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
  readonly attachments: readonly OutgoingAttachment[];
  /** The language that its templates were chosen for. */
  readonly locale: string | undefined;
  /** The name of the transport that it goes over. @default the one without a name */
  readonly transport?: string | undefined;
}

/** Headers that have a field of their own, or that decide who gets the mail. */
const ownHeaders =
  /^(to|from|cc|bcc|reply-to|sender|subject|message-id|date|mime-version|content-.*|resent-.*|return-path)$/i;

/** @returns what throws `FLEDGE_MAIL_INVALID` for this mail */
export function refusing(who: string): Refuse {
  return (why) => {
    throw new FledgeError('FLEDGE_MAIL_INVALID', `${who} cannot be sent: ${why}.`);
  };
}

/**
 * Checks a mail whole. Text from users ends up in subjects, names and file names: nothing that could add a header or a
 * recipient comes through.
 *
 * @param who the mailer and its action, for messages
 * @throws FledgeError `FLEDGE_MAIL_INVALID`
 */
export function checkOutgoing(mail: OutgoingMail, who: string): OutgoingMail {
  const refuse = refusing(who);
  parseAddress(mail.from, 'from', refuse);
  for (const field of ['to', 'cc', 'bcc'] as const) {
    for (const address of mail[field]) parseAddress(address, field, refuse);
  }
  if (mail.replyTo !== undefined) parseAddress(mail.replyTo, 'replyTo', refuse);
  if (mail.to.length + mail.cc.length + mail.bcc.length === 0) refuse('it has no recipient. Give to');
  if (!/^<[^\s<>]+@[^\s<>]+>$/.test(mail.messageId)) refuse('its messageId is not of the form <id@domain>');
  if (typeof mail.subject !== 'string' || mail.subject.trim() === '') refuse('it has no subject. Give one');
  if (hasLineBreak(mail.subject)) refuse('its subject has a line break. Remove it');
  if (mail.text === undefined && mail.html === undefined)
    refuse('it has neither text nor html. Give one of them');
  for (const field of ['text', 'html'] as const) {
    if (mail[field] !== undefined && typeof mail[field] !== 'string') refuse(`its ${field} is no text`);
  }
  if (mail.locale !== undefined) canonicalLocale(mail.locale, refuse);
  checkHeaders(mail.headers, refuse);
  for (const attachment of mail.attachments) checkAttachment(attachment, refuse);
  return mail;
}

/** @throws what `refuse` throws, for headers that are none, or that a mail has fields for */
export function checkHeaders(headers: Readonly<Record<string, string>>, refuse: Refuse): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[A-Za-z0-9-]+$/.test(name)) refuse(`${JSON.stringify(name)} cannot be a header's name`);
    if (ownHeaders.test(name)) refuse(`the header ${name} is set through the mail's own fields`);
    if (typeof value !== 'string' || hasLineBreak(value))
      refuse(`the header ${name} is no single line of text`);
  }
}

function checkAttachment({ filename, contentType, cid, content }: OutgoingAttachment, refuse: Refuse): void {
  const which = `the attachment ${JSON.stringify(filename ?? cid ?? '')}`;
  if (filename === undefined && cid === undefined) refuse('an attachment has no filename. Give one');
  if (
    filename !== undefined &&
    (typeof filename !== 'string' || !/^[^\p{Cc}\u2028\u2029/\\]+$/u.test(filename))
  )
    refuse(`${which} needs a filename of one line without slashes`);
  if (
    contentType !== undefined &&
    !/^[\w.+-]+\/[\w.+-]+(; *[\w-]+=("[\w .+:/-]*"|[\w.+:/-]+))*$/.test(contentType)
  )
    refuse(`${which} has a contentType that is none. Write it as 'application/pdf'`);
  if (cid !== undefined && !/^[\w.@+-]+$/.test(cid))
    refuse(`${which} has a cid with other characters than letters, digits and . _ @ + -`);
  if (!Buffer.isBuffer(content)) refuse(`${which} has no content. Give a Buffer`);
}
