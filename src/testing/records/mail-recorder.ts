import type { JobEvent } from '../../jobs/events/events.js';
import { MailTransport, type MailReceipt, type OutgoingMail, type SendOptions } from '../../mailers/index.js';
import { recipientsOf } from '../../mailers/internals.js';
import { linksIn } from './links.js';
import type { SentMail } from './recorded.js';

/** A mail as it was sent. Its mailer and action are known later. */
export type KeptMail = Omit<SentMail, 'mailer' | 'action'>;

/** Replaces every transport of an application. It keeps mails and does not send them. */
export class MailRecorder extends MailTransport {
  readonly description = 'the testing kit';
  private readonly mails: KeptMail[] = [];
  private readonly origins = new Map<string, { readonly mailer: string; readonly action: string }>();

  /** Called for each mail, in the asynchronous context of its sender. Set by the kit. */
  onSent: (mail: KeptMail) => void = () => undefined;

  async send(mail: OutgoingMail, options: SendOptions = {}): Promise<MailReceipt> {
    const accepted = options.recipients ?? recipientsOf(mail);
    const recipients = accepted.map((address) => address.toLowerCase());
    const kept = { ...mail, recipients, links: linksIn(mail) };
    this.mails.push(kept);
    this.onSent(kept);
    return { messageId: mail.messageId, accepted, rejected: [], detail: 'kept by the testing kit' };
  }

  /** Reads from an event which mailer made a mail. */
  note(event: JobEvent): void {
    if (event.type !== 'mail-delivered') return;
    const { mailer, action, messageId } = event;
    this.origins.set(messageId, { mailer, action });
  }

  sent(mails: readonly KeptMail[] = this.mails): SentMail[] {
    return mails.map((mail) => ({
      ...mail,
      ...(this.origins.get(mail.messageId) ?? { mailer: '', action: '' }),
    }));
  }

  clear(): void {
    this.mails.length = 0;
    this.origins.clear();
  }
}
