import type { OutgoingMail } from './outgoing-mail.js';
import { UnsendableMail } from './unsendable-mail.js';

/** In bytes: 25 MiB, the limit of large providers. */
export const defaultMaxSize = 25 * 1024 * 1024;

/** Returns the size of a part in the sent mail: base64 in lines of 76 characters with their line ends, and the part's headers. */
export function encodedSize(bytes: number): number {
  return Math.ceil(bytes / 57) * 78 + 300;
}

/** Counts the size of a mail while it is made, so reading stops as soon as the mail is too large. */
export class SizeBudget {
  private spent = 0;

  /** @param limit in bytes of the encoded mail */
  constructor(
    private readonly limit: number,
    private readonly who: string,
  ) {}

  /**
   * Checks that this many more bytes fit into the mail when they are encoded.
   *
   * @throws FledgeError `FLEDGE_MAIL_TOO_LARGE`
   */
  require(bytes: number): void {
    if (this.spent + encodedSize(bytes) <= this.limit) return;
    throw new UnsendableMail(
      'FLEDGE_MAIL_TOO_LARGE',
      `${this.who} cannot be sent: encoded, it has more than ${this.limit} bytes. Send a link instead of a large file, or raise maxSize of MailersModule.forRoot if the server accepts more.`,
    );
  }

  /**
   * Adds this many bytes to the mail.
   *
   * @throws FledgeError `FLEDGE_MAIL_TOO_LARGE`
   */
  spend(bytes: number): void {
    this.require(bytes);
    this.spent += encodedSize(bytes);
  }
}

/**
 * Checks the size of a whole mail.
 *
 * @param limit in bytes of the encoded mail
 * @throws FledgeError `FLEDGE_MAIL_TOO_LARGE`
 */
export function checkSize(mail: OutgoingMail, limit: number, who: string): void {
  const budget = new SizeBudget(limit, who);
  const alternatives = (mail.alternatives ?? []).map(({ content }) => content);
  for (const text of [mail.text, mail.html, ...alternatives, ...Object.values(mail.headers)]) {
    if (text !== undefined) budget.spend(Buffer.byteLength(text));
  }
  for (const { content } of mail.attachments) budget.spend(content.byteLength);
}
