import { FledgeError } from '../jobs/index.js';
import type { OutgoingMail } from './outgoing-mail.js';
import { MailTransport, type MailReceipt } from './mail-transport.js';
import { loadNodemailer, toNodemailer } from './nodemailer.js';

/** In milliseconds, well under the 15 s of a job's lock; nodemailer's own go up to ten minutes. */
const timeouts = {
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  socketTimeout: 10_000,
  dnsTimeout: 5_000,
};

/** Sends over SMTP with nodemailer. */
export class SmtpTransport extends MailTransport {
  readonly description: string;
  private transporter?: Promise<ReturnType<typeof import('nodemailer').createTransport>>;

  /**
   * @param url `smtp://[user:password@]host[:port]`, `smtps://` for TLS from the start
   * @throws FledgeError `FLEDGE_SMTP_URL_INVALID`
   */
  constructor(private readonly url: string) {
    super();
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (!parsed || !/^smtps?:$/.test(parsed.protocol) || !parsed.hostname) {
      // Never quotes the URL: it may hold a password.
      throw new FledgeError(
        'FLEDGE_SMTP_URL_INVALID',
        'SMTP_URL (or the transport of MailersModule) is no SMTP address. Write smtp://[user:password@]host[:port], or smtps://… for TLS from the start.',
      );
    }
    this.description = `${parsed.protocol}//${parsed.host}`;
  }

  async send(mail: OutgoingMail): Promise<MailReceipt> {
    const transporter = await (this.transporter ??= this.open());
    const info = await transporter.sendMail(toNodemailer(mail));
    const { accepted, rejected, response } = info as {
      accepted?: unknown[];
      rejected?: unknown[];
      response?: string;
    };
    return {
      messageId: mail.messageId,
      accepted: (accepted ?? []).map(String),
      rejected: (rejected ?? []).map(String),
      detail: response ?? this.description,
    };
  }

  override async close(): Promise<void> {
    (await this.transporter)?.close();
  }

  private async open() {
    const { createTransport } = await loadNodemailer();
    return createTransport({ url: this.url, ...timeouts } as Parameters<typeof createTransport>[0]);
  }
}
