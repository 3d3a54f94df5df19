import type { Refusal } from './mail-transport.js';

export interface TransportErrorDetails {
  /** As nodemailer has it: `ECONNECTION`, `EAUTH`, `EENVELOPE`, … */
  readonly code?: string | undefined;
  /** The system's own code beneath it, such as `ENOTFOUND`. */
  readonly originalCode?: string | undefined;
  /** The server's reply code. */
  readonly responseCode?: number | undefined;
  /** The server's words, its code included. */
  readonly response?: string | undefined;
  /** What was said to the server before. */
  readonly command?: string | undefined;
  /** What it said of each recipient, when it refused all. */
  readonly refusals?: readonly Refusal[] | undefined;
}

/** What a transport failed with: nodemailer's fields, and nothing that nodemailer's errors carry beside them. */
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
    // Not seen by what prints an error with its properties: they have addresses.
    if (refusals) Object.defineProperty(this, 'refusals', { value: refusals });
  }
}
