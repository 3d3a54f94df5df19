import { toEml } from '../../transports/eml.js';
import type { OutgoingMail } from '../../mail/outgoing-mail.js';
import { addressLine, envelopeOf, type ShownMail } from './shown-mail.js';

/** Converts a mail that was made in this process. It needs no parser. */
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
      contentType: contentType ?? pictureType(filename) ?? 'application/octet-stream',
      cid,
      content,
    })),
    eml: await toEml(mail),
  };
}

/** Returns the type of a picture that HTML can show. Nodemailer knows more types, but does not export them. */
function pictureType(filename = ''): string | undefined {
  const [, ending = ''] = /\.(\w+)$/.exec(filename.toLowerCase()) ?? [];
  return {
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    webp: 'image/webp',
    svg: 'image/svg+xml',
  }[ending];
}
