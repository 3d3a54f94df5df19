import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OutgoingMail } from './outgoing-mail.js';
import { MailTransport, recipientsOf, type MailReceipt, type SendOptions } from './mail-transport.js';
import { loadNodemailer, toNodemailer } from './nodemailer.js';

/** Writes each mail as an .eml file, which every mail program opens. For development. */
export class FileTransport extends MailTransport {
  readonly description: string;

  constructor(private readonly directory: string) {
    super();
    this.description = resolve(directory);
  }

  async send(mail: OutgoingMail, { recipients }: SendOptions = {}): Promise<MailReceipt> {
    const { createTransport } = await loadNodemailer();
    const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
      toNodemailer(mail),
    );
    await mkdir(this.directory, { recursive: true });
    // The same name for all attempts at one mail, so that a repeated attempt does not look like a second mail.
    const path = join(
      this.description,
      `${mail.messageId.replace(/[^\w-]+/g, '_').replace(/^_|_$/g, '')}.eml`,
    );
    await writeFile(path, message as Buffer);
    const accepted = recipients ?? recipientsOf(mail);
    return { messageId: mail.messageId, accepted, rejected: [], detail: path };
  }
}
