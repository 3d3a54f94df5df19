import type { OutgoingMail } from './outgoing-mail.js';

/** What a transport knows after handing a mail over. */
export interface MailReceipt {
  readonly messageId: string;
  /** Addresses that the server took. */
  readonly accepted: readonly string[];
  /** Addresses that it refused, while it took others. */
  readonly rejected: readonly string[];
  /** Where the mail went, for the log: a server's answer, a file's path. */
  readonly detail: string;
}

/** Where mails go. Give your own to `MailersModule.forRoot({ transport })` for anything but SMTP. */
export abstract class MailTransport {
  /** For people, without secrets. */
  abstract readonly description: string;
  /** Rejects when the mail was not taken: the job is then tried again. */
  abstract send(mail: OutgoingMail): Promise<MailReceipt>;
  async close(): Promise<void> {}
}
