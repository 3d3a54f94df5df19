import type { ParsedAddress } from '../mail/address.js';
import { isAmp } from '../mail/attachment-fields.js';
import type { MailAlternative } from '../mail/mail-attachment.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';
import { loadPeer } from '../../jobs/internals.js';

/** @throws FledgeError `FLEDGE_PEER_MISSING` */
export async function loadNodemailer(): Promise<typeof import('nodemailer')> {
  return loadPeer('nodemailer', 'Mail', () => import('nodemailer'));
}

/** Converts a mail to nodemailer's options. Nodemailer reads no files and URLs, because the content of attachments is already read. */
export function toNodemailer(mail: OutgoingMail) {
  const list = (addresses: readonly ParsedAddress[]) =>
    addresses.map(({ name, address }) => ({ name, address }));
  return {
    messageId: mail.messageId,
    from: { ...mail.from },
    to: list(mail.to),
    ...(mail.cc.length > 0 && { cc: list(mail.cc) }),
    ...(mail.bcc.length > 0 && { bcc: list(mail.bcc) }),
    ...(mail.replyTo.length > 0 && { replyTo: list(mail.replyTo) }),
    ...(mail.sender && { sender: { ...mail.sender } }),
    ...alternativesOf(mail),
    subject: mail.subject,
    ...(mail.text === undefined ? {} : { text: mail.text }),
    ...(mail.html === undefined ? {} : { html: mail.html }),
    headers: { ...mail.headers, ...(mail.locale === undefined ? {} : { 'Content-Language': mail.locale }) },
    attachments: mail.attachments.map(({ filename, contentType, cid, content }) => ({
      // `false` means no name. Otherwise nodemailer generates one.
      filename: filename ?? (false as const),
      content,
      ...(contentType === undefined ? {} : { contentType }),
      ...(cid === undefined ? {} : { cid }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Mail programs show the last form that they know, and some of them know no AMP. Nodemailer writes `amp` before the html. */
function alternativesOf({ alternatives = [] }: OutgoingMail) {
  const amp = alternatives.find(isAmp);
  const others = alternatives.filter((alternative) => !isAmp(alternative));
  return {
    ...(amp && { amp: amp.content }),
    alternatives: others.map(withCharset),
  };
}

/** Nodemailer writes the charset of text and html only. */
function withCharset({ contentType, content }: MailAlternative): MailAlternative {
  const isComplete = !/^text\//i.test(contentType) || /charset=/i.test(contentType);
  return { contentType: isComplete ? contentType : `${contentType}; charset=utf-8`, content };
}
