import type { OutgoingMail } from './outgoing-mail.js';
import { UnsendableMail } from './unsendable-mail.js';

/** 25 MiB, what large providers take. */
export const defaultMaxSize = 25 * 1024 * 1024;

/** What a part takes on its way: base64 in lines of 76 characters, each with its end, and the part's own headers. */
export function encodedSize(bytes: number): number {
  return Math.ceil(bytes / 57) * 78 + 300;
}

/** Counts a mail as it grows, so that what is too large is not even read to its end. */
export class SizeBudget {
  private spent = 0;

  /** @param limit in bytes of the encoded mail */
  constructor(
    private readonly limit: number,
    private readonly who: string,
  ) {}

  /** @throws FledgeError `FLEDGE_MAIL_TOO_LARGE`, unless this many more bytes, encoded, have room */
  require(bytes: number): void {
    if (this.spent + encodedSize(bytes) <= this.limit) return;
    throw new UnsendableMail(
      'FLEDGE_MAIL_TOO_LARGE',
      `${this.who} cannot be sent: encoded, it has more than ${this.limit} bytes. Send a link in place of a large file, or raise maxSize of MailersModule.forRoot if the server takes more.`,
    );
  }

  /** @throws FledgeError `FLEDGE_MAIL_TOO_LARGE` */
  spend(bytes: number): void {
    this.require(bytes);
    this.spent += encodedSize(bytes);
  }
}

/** @throws FledgeError `FLEDGE_MAIL_TOO_LARGE` */
export function checkSize(mail: OutgoingMail, limit: number, who: string): void {
  const budget = new SizeBudget(limit, who);
  for (const text of [mail.text, mail.html, ...Object.values(mail.headers)]) {
    if (text !== undefined) budget.spend(Buffer.byteLength(text));
  }
  for (const { content } of mail.attachments) budget.spend(content.byteLength);
}
