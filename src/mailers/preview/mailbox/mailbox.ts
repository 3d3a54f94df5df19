import type { ShownMail } from '../mails/shown-mail.js';

/** A mail in the mailbox's list. */
export interface MailboxEntry {
  readonly id: string;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  /** When it was sent, if that is known. */
  readonly date: Date | undefined;
}

export interface MailboxListing {
  /** The newest, newest first. */
  readonly entries: readonly MailboxEntry[];
  /** How many there are in all. */
  readonly total: number;
}

/** What was sent in development: the mails that a transport keeps instead of sending them. */
export interface Mailbox {
  /** Where the mails are, for people. */
  readonly description: string;
  list(): Promise<MailboxListing>;
  open(id: string): Promise<ShownMail | undefined>;
  /** Changes whenever a mail comes or goes. */
  version(): Promise<string>;
}

/** How many mails a list shows. */
export const listed = 50;

/** Injects the `Mailbox`, or undefined where the transport keeps nothing. */
export const MAILBOX = Symbol('nestjs-fledge:mailbox');
