import { Logger } from '@nestjs/common';
import { FledgeError } from '../jobs/index.js';
import { FileTransport } from './file-transport.js';
import { MailTransport } from './mail-transport.js';
import type { MailersOptions } from './options.js';
import { SmtpTransport } from './smtp-transport.js';

/** @throws FledgeError `FLEDGE_SMTP_URL_MISSING`, `FLEDGE_SMTP_URL_INVALID` */
export function openTransport(options: MailersOptions, env: NodeJS.ProcessEnv = process.env): MailTransport {
  const transport = options.transport || env.SMTP_URL;
  if (transport instanceof MailTransport) return transport;
  if (transport) return new SmtpTransport(transport);
  if (env.NODE_ENV === 'production') {
    throw new FledgeError(
      'FLEDGE_SMTP_URL_MISSING',
      'Mails would be written to files and never sent: SMTP_URL is not set and NODE_ENV is production. Set SMTP_URL=smtp://user:password@host:587, or give MailersModule.forRoot a transport.',
    );
  }
  const files = new FileTransport(options.directory ?? 'tmp/mails');
  new Logger('Mailers').warn(
    `Mails are not sent but written to ${files.description}: SMTP_URL is not set. Set SMTP_URL=smtp://… to send them.`,
  );
  return files;
}
