import type { OutgoingMail } from '../mail/outgoing-mail.js';
import { MailTransport, recipientsOf, type MailReceipt, type SendOptions } from '../mail/mail-transport.js';

/** The maximum number of mails that are kept. */
const most = 1_000;

/** Keeps mails instead of sending them, for tests. Use `transport: 'memory:'` and `app.get(MailTransport)`, or pass your own instance. */
export class MemoryTransport extends MailTransport {
  readonly description = 'memory:';
  /** The last 1,000 mails, the oldest first. */
  readonly sent: OutgoingMail[] = [];

  async send(mail: OutgoingMail, { recipients }: SendOptions = {}): Promise<MailReceipt> {
    this.sent.push(mail);
    if (this.sent.length > most) this.sent.shift();
    const accepted = recipients ?? recipientsOf(mail);
    return { messageId: mail.messageId, accepted, rejected: [], detail: 'kept in memory' };
  }
}
