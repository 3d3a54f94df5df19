import type { JobEvent } from '../jobs/events.js';
import { MailTransport, type MailReceipt, type OutgoingMail, type SendOptions } from '../mailers/index.js';
import { linksIn } from './links.js';
import type { SentMail } from './recorded.js';

/** In the place of every transport of an application: keeps mails instead of sending them. */
export class MailRecorder extends MailTransport {
  readonly description = 'the testing kit';
  private readonly mails: (OutgoingMail & { readonly recipients: readonly string[] })[] = [];
  private readonly origins = new Map<string, { readonly mailer: string; readonly action: string }>();

  /** @param onSent told of each mail, in the asynchronous context of whoever sends it */
  constructor(private readonly onSent: (messageId: string) => void) {
    super();
  }

  async send(mail: OutgoingMail, { recipients }: SendOptions = {}): Promise<MailReceipt> {
    const everybody = [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
    const accepted = recipients ?? everybody;
    this.mails.push({ ...mail, recipients: accepted.map((address) => address.toLowerCase()) });
    this.onSent(mail.messageId);
    return { messageId: mail.messageId, accepted, rejected: [], detail: 'kept by the testing kit' };
  }

  /** Events say which mailer made a mail. */
  note(event: JobEvent): void {
    if (event.type !== 'mail-delivered') return;
    const { mailer, action, messageId } = event;
    this.origins.set(messageId, { mailer, action });
  }

  sent(): SentMail[] {
    return this.mails.map((mail) => ({
      ...mail,
      ...(this.origins.get(mail.messageId) ?? { mailer: '', action: '' }),
      links: linksIn(mail),
    }));
  }

  clear(): void {
    this.mails.length = 0;
    this.origins.clear();
  }
}
