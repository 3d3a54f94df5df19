import { FileTransport } from '../file-transport.js';
import type { MailTransport } from '../mail-transport.js';
import type { OutgoingMail } from '../outgoing-mail.js';
import { FileMailbox } from './file-mailbox.js';
import type { Mailbox } from './mailbox.js';
import { MemoryMailbox } from './memory-mailbox.js';

/** The mailbox of a transport that keeps mails: as files, or in a list `sent`. */
export function mailboxOf(transport: MailTransport): Mailbox | undefined {
  if (transport instanceof FileTransport) return new FileMailbox(transport.directory);
  return keepsMails(transport) ? new MemoryMailbox(transport.sent) : undefined;
}

function keepsMails(
  transport: MailTransport,
): transport is MailTransport & { readonly sent: readonly OutgoingMail[] } {
  return 'sent' in transport && Array.isArray(transport.sent);
}
