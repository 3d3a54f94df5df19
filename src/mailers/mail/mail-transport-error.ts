import type { Refusal } from './mail-transport.js';

export interface TransportErrorDetails {
  /** Nodemailer's code: `ECONNECTION`, `EAUTH`, `EENVELOPE`, … */
  readonly code?: string | undefined;
  /** The code of the underlying system error, such as `ENOTFOUND`. */
  readonly originalCode?: string | undefined;
  /** The server's reply code. */
  readonly responseCode?: number | undefined;
  /** The server's response, with its code. */
  readonly response?: string | undefined;
  /** The command that the server responded to. */
  readonly command?: string | undefined;
  /** The server's responses for each recipient, if it refused all of them. */
  readonly refusals?: readonly Refusal[] | undefined;
}

/** The error of a transport that could not send a mail. It has some of the fields of nodemailer's errors, and none of the others. */
export class MailTransportError extends Error implements TransportErrorDetails {
  override readonly name = 'MailTransportError';
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
  readonly refusals?: readonly Refusal[];

  constructor(message: string, { refusals, ...details }: TransportErrorDetails = {}) {
    super(message);
    Object.assign(
      this,
      Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)),
    );
    // Not enumerable, so a printed error does not show the addresses.
    if (refusals) Object.defineProperty(this, 'refusals', { value: refusals });
  }
}

/**
 * Returns the details of an error that a transport threw. A transport of the application may set nodemailer's fields on any error, so
 * this is the one place that trusts their types.
 */
export function transportErrorDetails(error: Error): TransportErrorDetails {
  return error as TransportErrorDetails;
}

/** Returns the server's response, or the message of an error without a response. */
export function responseOf(error: Error): string {
  return transportErrorDetails(error).response ?? error.message;
}
