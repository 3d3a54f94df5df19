import type { Address } from 'postal-mime';
import { loadPeer } from '../../../jobs/internals.js';
import { addressLine, envelopeOf, type ShownAddress, type ShownMail } from '../mails/shown-mail.js';

/** A stored message with its time of sending. */
export interface ShownMessage extends ShownMail {
  readonly date: Date | undefined;
}

/**
 * Parses a stored message.
 *
 * @throws FledgeError `FLEDGE_PEER_MISSING`
 */
export async function showEml(eml: Buffer): Promise<ShownMessage> {
  const { default: parser } = await loadPeer('postal-mime', 'The mailbox', () => import('postal-mime'));
  const mail = await parser.parse(eml);
  const line = (addresses: readonly Address[] = []) => addressLine(addresses.flatMap(flatten));
  return {
    subject: mail.subject ?? '',
    date: mail.date && !Number.isNaN(Date.parse(mail.date)) ? new Date(mail.date) : undefined,
    envelope: envelopeOf([
      ['From', line(mail.from ? [mail.from] : [])],
      ['To', line(mail.to)],
      ['Cc', line(mail.cc)],
      ['Bcc', line(mail.bcc)],
      ['Reply to', line(mail.replyTo)],
    ]),
    html: mail.html,
    text: mail.text,
    attachments: mail.attachments.map(({ filename, mimeType, contentId, content }, i) => ({
      filename: filename ?? `attachment-${i + 1}`,
      contentType: mimeType,
      cid: contentId?.replace(/^<|>$/g, ''),
      content: bufferOf(content),
    })),
    eml,
  };
}

/** Returns the members of a group, or the address itself. */
function flatten(address: Address): ShownAddress[] {
  return address.group ?? [{ name: address.name, address: address.address ?? '' }];
}

function bufferOf(content: string | ArrayBuffer | Uint8Array): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  return Buffer.from(content instanceof Uint8Array ? content : new Uint8Array(content));
}
