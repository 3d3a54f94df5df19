import type { OutgoingMail } from '../../mail/outgoing-mail.js';
import { listLimit, type Mailbox, type MailboxListing } from './mailbox.js';
import { showOutgoing } from '../mails/show-outgoing.js';
import { addressLine, type ShownMail } from '../mails/shown-mail.js';

/** The mails that a transport of this process has kept. */
export class MemoryMailbox implements Mailbox {
  readonly description = 'the memory of this process';

  /** @param sent the transport's own list, the oldest mail first */
  constructor(private readonly sent: readonly OutgoingMail[]) {}

  async list(): Promise<MailboxListing> {
    const newest = this.sent.toReversed().slice(0, listLimit);
    const entries = newest.map((mail) => ({
      id: idOf(mail),
      subject: mail.subject,
      from: addressLine([mail.from]),
      to: addressLine(mail.to),
      date: undefined,
    }));
    return { entries, total: this.sent.length };
  }

  async open(id: string): Promise<ShownMail | undefined> {
    const mail = this.sent.findLast((one) => idOf(one) === id);
    return mail && showOutgoing(mail);
  }

  async version(): Promise<string> {
    const last = this.sent.at(-1);
    return `${this.sent.length} ${last ? idOf(last) : ''}`;
  }
}

function idOf({ messageId }: OutgoingMail): string {
  return messageId.replace(/^<|>$/g, '');
}
