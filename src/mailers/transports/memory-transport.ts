import type { OutgoingMail } from '../mail/outgoing-mail.js';
import { MailTransport, recipientsOf, type MailReceipt, type SendOptions } from '../mail/mail-transport.js';

const most = 1_000;

/** Keeps mails instead of sending them. For tests: `transport: 'memory:'`, then `app.get(MailTransport)`, or one of your own. */
export class MemoryTransport extends MailTransport {
  readonly description = 'memory:';
  /** The last 1,000, the oldest first. */
  readonly sent: OutgoingMail[] = [];

  async send(mail: OutgoingMail, { recipients }: SendOptions = {}): Promise<MailReceipt> {
    this.sent.push(mail);
    if (this.sent.length > most) this.sent.shift();
    const accepted = recipients ?? recipientsOf(mail);
    return { messageId: mail.messageId, accepted, rejected: [], detail: 'kept in memory' };
  }
}
