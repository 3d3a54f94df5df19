import { Logger } from '@nestjs/common';
import { FledgeError } from '../../jobs/index.js';
import { invalidOption } from '../../jobs/internals.js';
import { FileTransport } from './file-transport.js';
import { MailTransport } from '../mail/mail-transport.js';
import { MemoryTransport } from './memory-transport.js';
import type { MailersOptions } from '../options/mailers-options.js';
import { SesTransport } from './ses-transport.js';
import { SmtpTransport } from './smtp-transport.js';
import type { TransportOption } from '../options/transport-option.js';

/** Opens the default transport. The environment may have its URL. */
export function openDefaultTransport(
  { transport, directory }: MailersOptions,
  env: NodeJS.ProcessEnv = process.env,
): MailTransport {
  const option = withUrl(transport || undefined, env.SMTP_URL || undefined);
  if (option !== undefined) return openTransport(option);
  if (env.NODE_ENV === 'production') {
    throw new FledgeError(
      'FLEDGE_SMTP_URL_MISSING',
      'Mails would be written to files and never sent: SMTP_URL is not set and NODE_ENV is production. Set SMTP_URL=smtp://user:password@host:587, or pass a transport to MailersModule.forRoot.',
    );
  }
  const files = new FileTransport(directory ?? 'tmp/mails');
  new Logger('Mailers').warn(
    `Mails are not sent but written to ${files.description}: SMTP_URL is not set. Set SMTP_URL=smtp://… to send them.`,
  );
  return files;
}

/** SMTP options without a server use the server of SMTP_URL. If that is not an SMTP URL, it replaces the options. */
function withUrl(option: TransportOption | undefined, url: string | undefined): TransportOption | undefined {
  if (option === undefined) return url;
  if (typeof option === 'string' || option instanceof MailTransport || 'ses' in option) return option;
  if (option.url || option.host) return option;
  return url === undefined || !/^smtps?:/.test(url) ? url : { ...option, url };
}

/**
 * Opens the transport of an option.
 *
 * @throws FledgeError `FLEDGE_SMTP_URL_INVALID`, `FLEDGE_OPTION_INVALID`
 */
export function openTransport(option: TransportOption): MailTransport {
  if (option instanceof MailTransport) return option;
  if (typeof option === 'object' && option !== null)
    return 'ses' in option ? new SesTransport(option) : new SmtpTransport(option);
  if (typeof option !== 'string') throw invalid(`The transport is a ${typeof option}`);
  if (option === 'memory:') return new MemoryTransport();
  if (option.startsWith('file:')) return new FileTransport(directoryOf(option));
  if (option.startsWith('ses:')) {
    const region = option.slice('ses:'.length).replace(/^\/\//, '');
    return new SesTransport({ ses: region ? { region } : {} });
  }
  return new SmtpTransport(option);
}

/** Returns the directory of a `file:` URL. `file:tmp/mails` is below the working directory, `file:///var/mails` is absolute. */
function directoryOf(url: string): string {
  const path = url.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
  // The directory is shown in logs, and a host may come with a password. A host is not a directory anyway.
  if (path.startsWith('//')) throw invalid('A file: transport names a host');
  try {
    const directory = decodeURI(path);
    if (!directory.includes('\0')) return directory || 'tmp/mails';
  } catch {
    // The error below covers this too.
  }
  throw invalid('A file: transport has a "%" that is not part of an escape');
}

/** The message does not quote the URL, because it may contain a password. */
function invalid(what: string): FledgeError {
  return invalidOption(
    `${what}. Use smtp://…, smtps://…, ses:eu-west-1, file:tmp/mails (below the working directory), file:///var/mails or memory:. In a path, write "%" as %25.`,
  );
}
