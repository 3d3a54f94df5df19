import { FileTransport } from '../file-transport.js';
import type { MailTransport } from '../mail-transport.js';
import { FileMailbox } from './file-mailbox.js';
import type { Mailbox } from './mailbox.js';

/** The mailbox of a transport that keeps mails. */
export function mailboxOf(transport: MailTransport): Mailbox | undefined {
  return transport instanceof FileTransport ? new FileMailbox(transport.directory) : undefined;
}
