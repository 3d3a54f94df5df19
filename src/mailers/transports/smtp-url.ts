import { readFileSync } from 'node:fs';
import { FledgeError, type Duration } from '../../jobs/index.js';
import { asError, readServerUrl, unknownName } from '../../jobs/internals.js';
import type { SmtpOptions } from '../options/smtp-options.js';

type Parameter = (value: string, options: SmtpOptions) => Partial<SmtpOptions>;

const parameters: Readonly<Record<string, Parameter>> = {
  maxConnections: (value) => ({ maxConnections: Number(value) }),
  maxMessages: (value) => ({ maxMessages: Number(value) }),
  idleTimeout: (value) => ({ idleTimeout: duration(value) }),
  requireTLS: (value) => ({ requireTLS: booleanOf('requireTLS', value) }),
  rejectUnauthorized: (value, { tls }) => ({
    tls: { ...tls, rejectUnauthorized: booleanOf('rejectUnauthorized', value) },
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
 * Returns the options with the values of the URL, which override them. Messages never quote the URL, because it may contain a password.
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
    if (!apply) throw invalid(unknownName('parameter', name, Object.keys(parameters), 'the SMTP URL'));
    merged = { ...merged, ...apply(value, merged) };
  }
  return merged;
}

/** A number without a unit is milliseconds. The check of the option refuses an invalid duration. */
function duration(text: string): Duration {
  return (/^\d+$/.test(text) ? Number(text) : text) as Duration;
}

function booleanOf(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalid(`The SMTP URL’s ${name} is ${JSON.stringify(value)}. Use true or false.`);
}

function rate(value: string): SmtpOptions['rate'] & object {
  const [, messages, per] = /^(\d+)\/(\S+)$/.exec(value) ?? [];
  if (messages && per) return { messages: Number(messages), per: duration(per) };
  throw invalid(
    `The SMTP URL’s rate is ${JSON.stringify(value)}. Use the form messages/time, such as rate=10/1s.`,
  );
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw invalid(
      `The SMTP URL’s ca names a file that cannot be read: ${asError(thrown).message}. Use the path of a PEM file.`,
    );
  }
}

/** The message never quotes a part of the URL. If a character is not escaped, any part may contain the password. */
function unusable(why: string): never {
  throw invalid(
    `SMTP_URL (or the transport of MailersModule) cannot be used: ${why}. Use smtp://[user:password@]host[:port], or smtps://… for TLS from the start. Encode user and password with encodeURIComponent.`,
  );
}

function invalid(message: string): FledgeError {
  return new FledgeError('FLEDGE_SMTP_URL_INVALID', message);
}
