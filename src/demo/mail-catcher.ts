import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server that keeps what it gets. Emits `mail` with each. */
export class MailCatcher extends EventEmitter<{ mail: [Email] }> {
  readonly mails: Email[] = [];
  private readonly server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => void this.keep(Buffer.concat(chunks)).then(() => callback(), callback));
    },
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.on('error', reject);
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private async keep(raw: Buffer): Promise<void> {
    const mail = await PostalMime.parse(raw);
    this.mails.push(mail);
    this.emit('mail', mail);
  }
}
