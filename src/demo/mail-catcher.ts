import { EventEmitter } from 'node:events';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server that keeps the mails that it receives. Emits `mail` for each mail. */
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

  /** @returns the server's URL */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.on('error', reject);
      this.server.listen(0, '127.0.0.1', resolve);
    });
    const address = this.server.server.address();
    if (address === null || typeof address === 'string') throw new Error('The SMTP server has no port.');
    return `smtp://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  /** Waits for a mail to an address. A mail that has already arrived counts. */
  async mailTo(address: string, timeout: number): Promise<Email> {
    const matches = (mail: Email): boolean => mail.to?.some((to) => to.address === address) ?? false;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no mail to ${address} arrived within ${timeout / 1_000} s`)),
        timeout,
      );
      const check = (mail: Email): void => {
        if (!matches(mail)) return;
        clearTimeout(timer);
        resolve(mail);
      };
      this.on('mail', check);
      this.mails.forEach(check);
    });
  }

  private async keep(raw: Buffer): Promise<void> {
    const mail = await PostalMime.parse(raw);
    this.mails.push(mail);
    this.emit('mail', mail);
  }
}
