import { type Duration } from '../../jobs/index.js';
import {
  invalidOption,
  isHost,
  positiveInteger,
  redactionOfSecrets,
  toMillisecondsWithin,
} from '../../jobs/internals.js';
import { waitingForTheLastAnswer } from './last-answer.js';
import { loadNodemailer } from './nodemailer.js';
import { NodemailerTransport } from './nodemailer-transport.js';
import type { SmtpOptions } from '../options/smtp-options.js';
import { withSmtpUrl } from './smtp-url.js';

const hour = 3_600_000;

/** Sends over SMTP with nodemailer, through a pool of connections. */
export class SmtpTransport extends NodemailerTransport {
  /**
   * @param server its URL, or options
   * @throws FledgeError `FLEDGE_SMTP_URL_INVALID`, `FLEDGE_OPTION_INVALID`
   */
  constructor(server: string | SmtpOptions) {
    const given = typeof server === 'string' ? { url: server } : server;
    const options = given.url === undefined ? given : withSmtpUrl(given.url, given);
    const settings = settingsOf(options);
    const { rate, plugins = [] } = options;
    const answer = timeout(options.timeouts?.answer ?? '10m', 'timeouts.answer');
    super(async () => (await loadNodemailer()).createTransport(settings), {
      description: `${settings.secure ? 'smtps' : 'smtp'}://${settings.host}:${settings.port}`,
      rate,
      plugins: [waitingForTheLastAnswer(settings.socketTimeout, answer), ...plugins],
    });
    this.redaction = redactionOfSecrets(secretsOf(options), ['', options.auth?.user ?? '']);
  }
}

/** In nodemailer's words. */
function settingsOf(options: SmtpOptions) {
  const { host, port, secure = port === 465, auth, tls, name, dkim, requireTLS = false } = options;
  const { timeouts = {} } = options;
  if (!host) {
    throw invalidOption('The transport has neither url nor host, and SMTP_URL is not set. Give one of them.');
  }
  // It is shown, and a URL in its place would be shown with its password.
  if (!isHost(host)) {
    throw invalidOption(
      'The host of the transport is not the name or address of a server. Write host: "mail.acme.test", or pass a whole URL as url.',
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
    // A connection that had gone before a byte of the mail was sent: once more, on another. The rest is the job's to repeat.
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

/** What no error may show. A user without a password mostly is a password that lacks the colon before it. */
function secretsOf({ auth, dkim, tls }: SmtpOptions): string[] {
  const ofLogin = Object.entries(auth ?? {}).flatMap(([name, value]) =>
    publicAuth.has(name) ? [] : [value],
  );
  const isIncomplete = auth && auth.type !== 'OAuth2' && !auth.pass;
  const all = [...ofLogin, ...(isIncomplete ? [auth.user] : []), dkim?.privateKey, tls?.key, tls?.passphrase];
  return all.filter((secret) => typeof secret === 'string');
}
