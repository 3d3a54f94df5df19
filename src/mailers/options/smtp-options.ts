import type { ConnectionOptions } from 'node:tls';
import type { Duration } from '../../jobs/index.js';
import type { TransporterPlugin } from './nodemailer-options.js';
import type { RateOptions } from './rate-options.js';

/** How long each step may take, from 1 ms to an hour. Nodemailer's defaults are up to ten minutes. */
export interface SmtpTimeouts {
  /** For connecting, from the lookup of the name to the end of STARTTLS. @default '10s' */
  readonly connection?: Duration;
  /** For the server's greeting. @default '10s' */
  readonly greeting?: Duration;
  /** For every other response of the server except the last. @default '20s' */
  readonly socket?: Duration;
  /**
   * For the server's response after the whole mail. The server may check for spam before it responds. If this timeout is too short,
   * accepted mails are sent again.
   * @default '10m', as RFC 5321 4.5.3.2.6 asks
   */
  readonly answer?: Duration;
  /** For the lookup of the server's name. @default '5s' */
  readonly dns?: Duration;
}

/** A user with a password, or nodemailer's options for OAuth 2 (`type: 'OAuth2'`). */
export type SmtpAuth =
  | { readonly user: string; readonly pass: string; readonly type?: 'login'; readonly method?: string }
  | ({ readonly type: 'OAuth2'; readonly user: string } & Readonly<Record<string, unknown>>);

/** Nodemailer's options for signing mails with DKIM (RFC 6376). */
export interface DkimOptions {
  /** The domain that signs, such as `acme.test`. */
  readonly domainName: string;
  /** The selector of the key, the part before `._domainkey` of its DNS record. */
  readonly keySelector: string;
  /** The private key in PEM format. */
  readonly privateKey: string;
}

/**
 * An SMTP server and its connection options. Parameters of the URL override the same options here. The URL can have `maxConnections`,
 * `maxMessages`, `idleTimeout`, `requireTLS`, `rejectUnauthorized`, `ca` (the path of a PEM file), `servername`, `name`, `rate`
 * (`10/1s`), `connectionTimeout`, `greetingTimeout`, `socketTimeout`, `answerTimeout` and `dnsTimeout`.
 */
export interface SmtpOptions {
  /** `smtp://[user:password@]host[:port]`, `smtps://…` for TLS from the start. @default `host`, else the environment's SMTP_URL */
  readonly url?: string | undefined;
  /** The server's name or address, instead of `url`. @default the host of `url` */
  readonly host?: string;
  /** The TCP port. @default 587, or 465 with `secure` */
  readonly port?: number;
  /** Uses TLS from the start, like `smtps://`. @default false, or true with port 465 */
  readonly secure?: boolean;
  /** The login. @default the user and password of the URL */
  readonly auth?: SmtpAuth;
  /**
   * Refuses a server without STARTTLS. By default Fledge uses STARTTLS if the server offers it, but an attacker on the network can
   * remove the offer. Set this if you send a password over a network that you don't control.
   * @default false
   */
  readonly requireTLS?: boolean;
  /**
   * The options of `tls.connect`, such as `ca` for your own certificate authority. With `rejectUnauthorized: false` the server's
   * certificate is not verified, so another server could take its place.
   * @default certificates are verified with Node's certificate authorities
   */
  readonly tls?: ConnectionOptions;
  /** The maximum number of open connections in each process. @default 5 */
  readonly maxConnections?: number;
  /** How many mails are sent over a connection before it is replaced. @default 100 */
  readonly maxMessages?: number;
  /** How long an idle connection stays open, from 1 s to an hour. @default '4m' */
  readonly idleTimeout?: Duration;
  /** The rate limit of each process: `{ messages: 10, per: '1s' }`. @default no limit */
  readonly rate?: RateOptions;
  /** How long each step may take. @default {}, the default of each step */
  readonly timeouts?: SmtpTimeouts;
  /** The client's name in EHLO. @default the machine's host name */
  readonly name?: string;
  /** Signs mails. @default mails are not signed */
  readonly dkim?: DkimOptions;
  /** Nodemailer plugins: `[(transporter) => transporter.use('compile', …)]`. @default [] */
  readonly plugins?: readonly TransporterPlugin[];
}
