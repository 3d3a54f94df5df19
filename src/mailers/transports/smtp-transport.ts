import { type Duration } from '../../jobs/index.js';
import {
  hour,
  invalidOption,
  isHost,
  positiveInteger,
  redactionOfSecrets,
  toMillisecondsWithin,
} from '../../jobs/internals.js';
import { waitForLastAnswer } from './last-answer.js';
import { loadNodemailer } from './nodemailer.js';
import { NodemailerTransport } from './nodemailer-transport.js';
import { checkSmtpNames } from '../options/option-names.js';
import type { SmtpOptions } from '../options/smtp-options.js';
import { withSmtpUrl } from './smtp-url.js';

/** Sends over SMTP with nodemailer, with a pool of connections. */
export class SmtpTransport extends NodemailerTransport {
  /**
   * @param server the URL of the server, or options
   * @throws FledgeError `FLEDGE_SMTP_URL_INVALID`, `FLEDGE_OPTION_INVALID`
   */
  constructor(server: string | SmtpOptions) {
    const passed = typeof server === 'string' ? { url: server } : server;
    checkSmtpNames(passed);
    const options = passed.url === undefined ? passed : withSmtpUrl(passed.url, passed);
    const settings = settingsOf(options);
    const { rate, plugins = [] } = options;
    const answer = timeout(options.timeouts?.answer ?? '10m', 'timeouts.answer');
    super(async () => (await loadNodemailer()).createTransport(settings), {
      description: `${settings.secure ? 'smtps' : 'smtp'}://${settings.host}:${settings.port}`,
      rate,
      plugins: [waitForLastAnswer(settings.socketTimeout, answer), ...plugins],
    });
    this.redaction = redactionOfSecrets(secretsOf(options), ['', options.auth?.user ?? '']);
  }
}

/** Converts the options to nodemailer's settings. */
function settingsOf(options: SmtpOptions) {
  const { host, port, secure = port === 465, auth, tls, name, dkim, requireTLS = false } = options;
  const { timeouts = {} } = options;
  if (!host) {
    throw invalidOption('The transport has neither url nor host, and SMTP_URL is not set. Set one of them.');
  }
  // The host is shown in logs. A URL in its place would be shown with its password.
  if (!isHost(host)) {
    throw invalidOption(
      'The host of the transport is not the name or address of a server. Use a host such as "mail.acme.test", or pass a whole URL as url.',
    );
  }
  return {
    pool: true as const,
    host,
    port: port ?? (secure ? 465 : 587),
    secure,
    requireTLS,
    maxConnections: positiveInteger(options.maxConnections ?? 5, 'transport: maxConnections'),
    maxMessages: positiveInteger(options.maxMessages ?? 100, 'transport: maxMessages'),
    idleTimeout: timeout(options.idleTimeout ?? '4m', 'idleTimeout', 1_000),
    connectionTimeout: timeout(timeouts.connection ?? '10s', 'timeouts.connection'),
    greetingTimeout: timeout(timeouts.greeting ?? '10s', 'timeouts.greeting'),
    socketTimeout: timeout(timeouts.socket ?? '20s', 'timeouts.socket'),
    dnsTimeout: timeout(timeouts.dns ?? '5s', 'timeouts.dns'),
    // If a connection is lost before a byte of the mail was sent, nodemailer tries once more with another. Otherwise the job retries.
    maxRequeues: 1,
    ...(auth && { auth: { ...auth } }),
    ...(tls && { tls: { ...tls } }),
    ...(name !== undefined && { name }),
    ...(dkim && { dkim: { ...dkim } }),
  };
}

function timeout(duration: Duration, option: string, least = 1): number {
  return toMillisecondsWithin({ least, most: hour }, duration, `transport: ${option}`);
}

const publicAuth: ReadonlySet<string> = new Set(['type', 'user', 'method', 'accessUrl']);

/** Returns the values that no error may show. A user without a password is usually a password without a colon before it. */
function secretsOf({ auth, dkim, tls }: SmtpOptions): string[] {
  const ofLogin = Object.entries(auth ?? {}).flatMap(([name, value]) =>
    publicAuth.has(name) ? [] : [value],
  );
  const isIncomplete = auth && auth.type !== 'OAuth2' && !auth.pass;
  const all = [...ofLogin, ...(isIncomplete ? [auth.user] : []), dkim?.privateKey, tls?.key, tls?.passphrase];
  return all.filter((secret) => typeof secret === 'string');
}
