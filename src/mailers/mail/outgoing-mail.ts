import { isObject } from '../../jobs/internals.js';
import {
  hasLineBreak,
  parseAddress,
  parseAddresses,
  parseBareAddress,
  type ParsedAddress,
} from './address.js';
import { isContentType, parseAlternatives } from './attachment-fields.js';
import { checkList, checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';
import { checkHeaders } from './headers.js';
import { canonicalLocale } from './locale.js';
import type { MailAlternative } from './mail-attachment.js';
import { checkMessageId } from './mail-fields.js';
import { UnsendableMail } from './unsendable-mail.js';

/** A file in a mail, with its content in memory. So the mail can be shown or sent again. */
export interface OutgoingAttachment {
  readonly filename: string | undefined;
  /** @default derived from the filename's extension */
  readonly contentType: string | undefined;
  /** Shows the attachment in the html at `<img src="cid:…">`, instead of in the list of attachments. */
  readonly cid: string | undefined;
  readonly content: Buffer;
}

/** A checked mail, as transports receive it. */
export interface OutgoingMail {
  /** Derived from the job's id, so all attempts to send a mail have the same. */
  readonly messageId: string;
  readonly from: ParsedAddress;
  readonly to: readonly ParsedAddress[];
  readonly cc: readonly ParsedAddress[];
  readonly bcc: readonly ParsedAddress[];
  readonly replyTo: readonly ParsedAddress[];
  /** The address that sends the mail for `from`. @default none */
  readonly sender?: ParsedAddress | undefined;
  /** The sender of the envelope, which gets the mail back if it cannot be delivered. @default the address of `from` */
  readonly returnPath?: string | undefined;
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly OutgoingAttachment[];
  /** Other forms of the content, such as invitations. @default [] */
  readonly alternatives?: readonly MailAlternative[];
  /** The language that its templates were chosen for. */
  readonly locale: string | undefined;
  /** The name of the transport that sends the mail. @default the default transport */
  readonly transport?: string | undefined;
}

/**
 * Returns a function that throws `FLEDGE_MAIL_INVALID` for this mail.
 *
 * @param who the mailer and its action, for messages
 */
export function refusing(who: string): Refuse {
  return (why, cause) => {
    throw new UnsendableMail('FLEDGE_MAIL_INVALID', `${who} cannot be sent: ${why}.`, { cause });
  };
}

/**
 * Checks every field of a mail. Subjects, names and file names may contain text from users. The check refuses text that could add a
 * header or a recipient.
 *
 * @param who the mailer and its action, for messages
 * @returns a copy, so a getter or a proxy cannot change the mail afterwards
 * @throws FledgeError `FLEDGE_MAIL_INVALID`
 */
export function checkOutgoing(mail: OutgoingMail, who: string): OutgoingMail {
  const refuse = refusing(who);
  return reading('it', refuse, () => {
    const copy = { ...mail };
    return { ...copy, ...checkedAddresses(copy, refuse), ...checkedContent(copy, refuse) };
  });
}

function checkedAddresses(mail: OutgoingMail, refuse: Refuse) {
  const { sender, returnPath, transport } = mail;
  const addresses = {
    messageId: checkMessageId(mail.messageId, 'messageId', refuse),
    from: parseAddress(mail.from, 'from', refuse),
    to: parseAddresses(mail.to, 'to', refuse),
    cc: parseAddresses(mail.cc, 'cc', refuse),
    bcc: parseAddresses(mail.bcc, 'bcc', refuse),
    replyTo: parseAddresses(mail.replyTo, 'replyTo', refuse),
    ...(sender === undefined ? {} : { sender: parseAddress(sender, 'sender', refuse) }),
    ...(returnPath === undefined ? {} : { returnPath: parseBareAddress(returnPath, 'returnPath', refuse) }),
    ...(transport === undefined
      ? {}
      : { transport: checkText(transport, 'transport', fieldLimits.reference, refuse) }),
  };
  const { to, cc, bcc } = addresses;
  if (to.length + cc.length + bcc.length === 0) refuse('it has no recipient. Set to, cc or bcc');
  return addresses;
}

function checkedContent(mail: OutgoingMail, refuse: Refuse) {
  const subject = checkText(mail.subject, 'subject', fieldLimits.subject, refuse);
  if (subject.trim() === '') refuse('it has no subject. Set subject');
  if (hasLineBreak(subject)) refuse('its subject has a line break. Remove it');
  const { text, html, locale, alternatives } = mail;
  if (text === undefined && html === undefined) refuse('it has neither text nor html. Set one of them');
  for (const [field, body] of Object.entries({ text, html })) {
    // `checkSize` limits the size of the whole mail.
    if (body !== undefined) checkText(body, field, Infinity, refuse);
  }
  return {
    subject,
    locale: locale === undefined ? undefined : canonicalLocale(locale, refuse),
    headers: checkHeaders(mail.headers, refuse),
    attachments: checkList(mail.attachments, 'attachments', fieldLimits.attachments, refuse).map(
      (attachment, i) => checkAttachment(attachment, `attachments[${i}]`, refuse),
    ),
    ...(alternatives === undefined
      ? {}
      : { alternatives: parseAlternatives(alternatives, 'alternatives', refuse) }),
  };
}

function checkAttachment(attachment: unknown, which: string, refuse: Refuse): OutgoingAttachment {
  if (!isObject(attachment)) return refuse(`${which} is ${kindOf(attachment)}. Use an object`);
  const { content, ...named } = attachment;
  const text = (field: 'filename' | 'contentType' | 'cid'): string | undefined =>
    named[field] === undefined
      ? undefined
      : checkText(named[field], `${which}.${field}`, fieldLimits[field], refuse);
  const [filename, contentType, cid] = [text('filename'), text('contentType'), text('cid')];
  if (filename === undefined && cid === undefined) refuse(`${which} has no filename. Set filename`);
  if (filename !== undefined && !/^[^\p{Cc}\u2028\u2029/\\]+$/u.test(filename))
    refuse(`${which}.filename is not one line without slashes. Use a name such as 'bill.pdf'`);
  if (contentType !== undefined && !isContentType(contentType))
    refuse(`${which}.contentType is not a MIME type. Use a type such as 'application/pdf'`);
  if (cid !== undefined && !/^[\w.@+-]+$/.test(cid))
    refuse(`${which}.cid is invalid. Use only letters, digits and . _ @ + -`);
  if (!Buffer.isBuffer(content)) return refuse(`${which}.content is ${kindOf(content)}. Use a Buffer`);
  return { ...named, filename, contentType, cid, content };
}
