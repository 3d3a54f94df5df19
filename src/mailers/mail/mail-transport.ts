import type { OutgoingMail } from './outgoing-mail.js';

/** A recipient that the server refused. */
export interface Refusal {
  readonly address: string;
  /** The server's reply code. A recipient refused with 4xx is tried again. Undefined: the server sent no code. */
  readonly code?: number | undefined;
  /** The server's response. */
  readonly response: string;
}

/** The result of sending a mail. */
export interface MailReceipt {
  readonly messageId: string;
  /** The addresses that the server accepted. */
  readonly accepted: readonly string[];
  /** The addresses that the server refused while it accepted others. */
  readonly rejected: readonly string[];
  /** The server's response for each rejected address. @default all of them are refused permanently */
  readonly refusals?: readonly Refusal[];
  /** Where the mail went, for the log: the server's response, or a file's path. */
  readonly detail: string;
  /** An earlier attempt sent the mail. The addresses that the server accepted are no longer known. */
  readonly earlier?: true;
  /** A middleware vetoed the mail, so it was not sent. */
  readonly vetoed?: true;
}

export interface SendOptions {
  /** The recipients of this attempt, which the server deferred before. @default all recipients of the mail */
  readonly recipients?: readonly string[] | undefined;
  /** Aborts when the mail must no longer be sent. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends mails. Pass your own transport to `MailersModule.forRoot({ transport })` if you need something other than SMTP, SES, files and
 * nodemailer's transports. If its errors have nodemailer's fields (`code`, `responseCode`), they are treated like nodemailer's errors.
 */
export abstract class MailTransport {
  /** A description for logs, without secrets. */
  abstract readonly description: string;
  /** Sends a mail. Rejects if no recipient was accepted. The error decides what happens to the job. */
  abstract send(mail: OutgoingMail, options?: SendOptions): Promise<MailReceipt>;
  async close(): Promise<void> {}
}

/** Returns the addresses of all recipients of a mail. */
export function recipientsOf({ to, cc, bcc }: OutgoingMail): string[] {
  return [...to, ...cc, ...bcc].map(({ address }) => address);
}
