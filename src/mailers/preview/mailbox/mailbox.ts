import type { ShownMail } from '../mails/shown-mail.js';

/** A mail in the mailbox's list. */
export interface MailboxEntry {
  readonly id: string;
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  /** The time of sending, if it is known. */
  readonly date: Date | undefined;
}

export interface MailboxListing {
  /** The newest mails, the newest first. */
  readonly entries: readonly MailboxEntry[];
  /** The number of all mails. */
  readonly total: number;
}

/** The mails that a transport keeps in development instead of sending them. */
export interface Mailbox {
  /** A readable description of where the mails are. */
  readonly description: string;
  list(): Promise<MailboxListing>;
  open(id: string): Promise<ShownMail | undefined>;
  /** Returns a value that changes when a mail is added or removed. */
  version(): Promise<string>;
}

/** How many mails a list shows. */
export const listLimit = 50;

/** Injects the `Mailbox`, or undefined if the transport keeps no mails. */
export const MAILBOX = Symbol('nestjs-fledge:mailbox');
