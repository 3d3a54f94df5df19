import { toEml } from '../eml.js';
import type { OutgoingMail } from '../outgoing-mail.js';
import { addressLine, envelopeOf, type ShownMail } from './shown-mail.js';

/** A mail that was made in this process. Unlike its .eml it still knows who gets a blind copy. */
export async function showOutgoing(mail: OutgoingMail): Promise<ShownMail> {
  return {
    subject: mail.subject,
    envelope: envelopeOf([
      ['From', addressLine([mail.from])],
      ['To', addressLine(mail.to)],
      ['Cc', addressLine(mail.cc)],
      ['Bcc', addressLine(mail.bcc)],
      ['Reply to', addressLine(mail.replyTo ? [mail.replyTo] : [])],
    ]),
    html: mail.html,
    text: mail.text,
    attachments: mail.attachments.map(({ filename, contentType, cid, content }, i) => ({
      filename: filename ?? cid ?? `attachment-${i + 1}`,
      contentType: contentType ?? 'application/octet-stream',
      cid,
      content,
    })),
    eml: await toEml(mail),
  };
}
