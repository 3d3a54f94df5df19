import { FileTransport } from '../../transports/file-transport.js';
import type { MailTransport } from '../../mail/mail-transport.js';
import { MemoryTransport } from '../../transports/memory-transport.js';
import { FileMailbox } from './file-mailbox.js';
import type { Mailbox } from './mailbox.js';
import { MemoryMailbox } from './memory-mailbox.js';

/** Returns the mailbox of a transport that keeps mails. Returns undefined for a transport that sends them. */
export function mailboxOf(transport: MailTransport): Mailbox | undefined {
  if (transport instanceof FileTransport) return new FileMailbox(transport.directory);
  return transport instanceof MemoryTransport ? new MemoryMailbox(transport.sent) : undefined;
}
