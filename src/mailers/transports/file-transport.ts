import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toEml } from './eml.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';
import { MailTransport, recipientsOf, type MailReceipt, type SendOptions } from '../mail/mail-transport.js';

/** Writes each mail to an .eml file, for development. Every mail program can open it. */
export class FileTransport extends MailTransport {
  /** The absolute path of the directory. */
  readonly directory: string;

  constructor(directory: string) {
    super();
    this.directory = resolve(directory);
  }

  get description(): string {
    return this.directory;
  }

  async send(mail: OutgoingMail, { recipients }: SendOptions = {}): Promise<MailReceipt> {
    const message = await toEml(mail);
    await mkdir(this.directory, { recursive: true });
    // All attempts of a mail write the same file, so a repeated attempt does not look like a second mail.
    const path = join(this.directory, `${fileName(mail.messageId)}.eml`);
    await writeFile(path, message);
    const accepted = recipients ?? recipientsOf(mail);
    return { messageId: mail.messageId, accepted, rejected: [], detail: path };
  }
}

/** A mail's own id may be longer than a file name may be. */
function fileName(messageId: string): string {
  const name = messageId.replace(/[^\w-]+/g, '_').replace(/^_|_$/g, '');
  if (name.length <= 200) return name;
  const digest = createHash('sha256').update(messageId).digest('base64url').slice(0, 16);
  return `${name.slice(0, 180)}_${digest}`;
}
