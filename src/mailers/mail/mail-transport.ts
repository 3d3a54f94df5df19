import type { OutgoingMail } from './outgoing-mail.js';

/** A recipient that a server did not take. */
export interface Refusal {
  readonly address: string;
  /** The server's reply code: 4xx may be taken later, anything else will not. Undefined: it gave none. */
  readonly code?: number | undefined;
  /** The server's words. */
  readonly response: string;
}

/** What a transport knows after handing a mail over. */
export interface MailReceipt {
  readonly messageId: string;
  /** Addresses that the server took. */
  readonly accepted: readonly string[];
  /** Addresses that it refused, while it took others. */
  readonly rejected: readonly string[];
  /** What it said of each of these. @default they are refused for good */
  readonly refusals?: readonly Refusal[];
  /** Where the mail went, for the log: a server's answer, a file's path. */
  readonly detail: string;
  /** An earlier attempt had sent it; whom the server took then is not known any more. */
  readonly earlier?: true;
  /** Middleware kept it from being sent. */
  readonly vetoed?: true;
}

export interface SendOptions {
  /** Who is to get it now, where that is not everybody in its headers: those that a server put off. */
  readonly recipients?: readonly string[] | undefined;
  /** Aborts when the mail must not be sent any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where mails go. Give your own to `MailersModule.forRoot({ transport })` for anything but SMTP, SES, files and
 * nodemailer's transports. An error with nodemailer's fields (`code`, `responseCode`) is understood like nodemailer's own.
 */
export abstract class MailTransport {
  /** For people, without secrets. */
  abstract readonly description: string;
  /** Rejects when nobody's mail was taken: what becomes of the job, the error decides. */
  abstract send(mail: OutgoingMail, options?: SendOptions): Promise<MailReceipt>;
  async close(): Promise<void> {}
}

/** Everybody that a mail is for. */
export function recipientsOf({ to, cc, bcc }: OutgoingMail): string[] {
  return [...to, ...cc, ...bcc].map(({ address }) => address);
}
