import { readFileSync } from 'node:fs';
import { FledgeError, type Duration } from '../../jobs/index.js';
import { asError, didYouMean, quoted, readServerUrl } from '../../jobs/internals.js';
import type { SmtpOptions } from '../options/smtp-options.js';

type Parameter = (value: string, options: SmtpOptions) => Partial<SmtpOptions>;

const parameters: Readonly<Record<string, Parameter>> = {
  maxConnections: (value) => ({ maxConnections: Number(value) }),
  maxMessages: (value) => ({ maxMessages: Number(value) }),
  idleTimeout: (value) => ({ idleTimeout: duration(value) }),
  requireTLS: (value) => ({ requireTLS: truth('requireTLS', value) }),
  rejectUnauthorized: (value, { tls }) => ({
    tls: { ...tls, rejectUnauthorized: truth('rejectUnauthorized', value) },
  }),
  ca: (value, { tls }) => ({ tls: { ...tls, ca: readCertificate(value) } }),
  servername: (value, { tls }) => ({ tls: { ...tls, servername: value } }),
  name: (value) => ({ name: value }),
  rate: (value) => ({ rate: rate(value) }),
  connectionTimeout: (value, { timeouts }) => ({ timeouts: { ...timeouts, connection: duration(value) } }),
  greetingTimeout: (value, { timeouts }) => ({ timeouts: { ...timeouts, greeting: duration(value) } }),
  socketTimeout: (value, { timeouts }) => ({ timeouts: { ...timeouts, socket: duration(value) } }),
  answerTimeout: (value, { timeouts }) => ({ timeouts: { ...timeouts, answer: duration(value) } }),
  dnsTimeout: (value, { timeouts }) => ({ timeouts: { ...timeouts, dns: duration(value) } }),
};

/**
 * The options with what the URL says put before them. Messages never quote the URL: it may hold a password.
 *
 * @throws FledgeError `FLEDGE_SMTP_URL_INVALID`
 */
export function withSmtpUrl(url: string, options: SmtpOptions): SmtpOptions {
  const parsed = readServerUrl(url, ['smtp', 'smtps'], unusable);
  if (parsed.path !== '' && parsed.path !== '/') unusable('it has a "/" after the host');
  const { url: _, ...others } = options;
  let merged: SmtpOptions = {
    ...others,
    host: parsed.host,
    ...(parsed.port !== undefined && { port: parsed.port }),
    ...(parsed.scheme === 'smtps' && { secure: true }),
    ...(parsed.user && { auth: { user: parsed.user, pass: parsed.password } }),
  };
  for (const [name, value] of parsed.parameters) {
    const apply = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!apply) {
      const known = Object.keys(parameters);
      throw invalid(
        `The SMTP URL has an unknown parameter${quoted(name)}.${didYouMean(name, known)} Use one of ${known.join(', ')}.`,
      );
    }
    merged = { ...merged, ...apply(value, merged) };
  }
  return merged;
}

/** A bare number is milliseconds; what is no duration is refused where the option is. */
function duration(text: string): Duration {
  return (/^\d+$/.test(text) ? Number(text) : text) as Duration;
}

function truth(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`The SMTP URL’s ${name} is ${JSON.stringify(value)}. Write true or false.`);
}

function rate(value: string): SmtpOptions['rate'] & object {
  const [, messages, per] = /^(\d+)\/(\S+)$/.exec(value) ?? [];
  if (messages && per) return { messages: Number(messages), per: duration(per) };
  throw invalid(`The SMTP URL’s rate is ${JSON.stringify(value)}. Write messages/time: rate=10/1s.`);
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw invalid(
      `The SMTP URL’s ca names a file that cannot be read: ${asError(thrown).message}. Give the path of a PEM file.`,
    );
  }
}

/** Never quotes the URL or a part of it: with a character that is not escaped, any part may hold the password. */
function unusable(why: string): never {
  throw invalid(
    `SMTP_URL (or the transport of MailersModule) cannot be used: ${why}. Write smtp://[user:password@]host[:port], or smtps://… for TLS from the start; write user and password with encodeURIComponent.`,
  );
}

function invalid(message: string): FledgeError {
  return new FledgeError('FLEDGE_SMTP_URL_INVALID', message);
}
