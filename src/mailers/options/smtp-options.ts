import type { ConnectionOptions } from 'node:tls';
import type { Duration } from '../../jobs/index.js';
import type { TransporterPlugin } from './nodemailer-options.js';
import type { RateOptions } from './rate-options.js';

/** How long each step may take, 1 ms to an hour. Nodemailer's own are up to ten minutes. */
export interface SmtpTimeouts {
  /** From the name's look-up to the end of a STARTTLS. @default '10s' */
  readonly connection?: Duration;
  /** For the server's first words. @default '10s' */
  readonly greeting?: Duration;
  /** For any further silence of the server, but for its last answer. @default '20s' */
  readonly socket?: Duration;
  /**
   * For the server's answer once it has the whole mail: it may look for spam before that. Too short, and what it has taken is
   * sent again.
   * @default '10m', as RFC 5321 4.5.3.2.6 asks
   */
  readonly answer?: Duration;
  /** For the look-up of the server's name. @default '5s' */
  readonly dns?: Duration;
}

/** A password, or what nodemailer takes for OAuth 2 (`type: 'OAuth2'`). */
export type SmtpAuth =
  | { readonly user: string; readonly pass: string; readonly type?: 'login'; readonly method?: string }
  | ({ readonly type: 'OAuth2'; readonly user: string } & Readonly<Record<string, unknown>>);

/** Signs mails (RFC 6376), as nodemailer does it. */
export interface DkimOptions {
  readonly domainName: string;
  readonly keySelector: string;
  /** PEM. */
  readonly privateKey: string;
}

/**
 * An SMTP server and how to speak with it. What the URL's parameters say comes before the same option here:
 * `maxConnections`, `maxMessages`, `idleTimeout`, `requireTLS`, `rejectUnauthorized`, `ca` (a PEM file's path),
 * `servername`, `name`, `rate` (`10/1s`), `connectionTimeout`, `greetingTimeout`, `socketTimeout`, `answerTimeout`, `dnsTimeout`.
 */
export interface SmtpOptions {
  /** `smtp://[user:password@]host[:port]`, `smtps://…` for TLS from the start. @default `host`, else the environment's SMTP_URL */
  readonly url?: string | undefined;
  /** Instead of `url`. */
  readonly host?: string;
  /** @default 587, with `secure` 465 */
  readonly port?: number;
  /** TLS from the start, as `smtps://`. @default false, with port 465 true */
  readonly secure?: boolean;
  /** @default the user and password of the URL */
  readonly auth?: SmtpAuth;
  /**
   * Whether a server without STARTTLS is refused. It is used wherever a server offers it, but somebody in between can
   * hide the offer: set this with a password over a network that is not yours.
   * @default false
   */
  readonly requireTLS?: boolean;
  /**
   * What `tls.connect` takes: `ca` for a certificate authority of your own, `rejectUnauthorized: false` for a server that
   * nobody can verify (anybody could answer in its place).
   * @default Node's own authorities, verified
   */
  readonly tls?: ConnectionOptions;
  /** Connections that are open at a time, in each process. @default 5 */
  readonly maxConnections?: number;
  /** Mails that go over one connection before it is replaced. @default 100 */
  readonly maxMessages?: number;
  /** How long a connection without work stays open, 1 s to an hour. @default '4m' */
  readonly idleTimeout?: Duration;
  /** How fast mails go out, of each process: `{ messages: 10, per: '1s' }`. @default as fast as they come */
  readonly rate?: RateOptions;
  readonly timeouts?: SmtpTimeouts;
  /** What this side calls itself in EHLO. @default the machine's host name */
  readonly name?: string;
  /** @default mails are not signed here */
  readonly dkim?: DkimOptions;
  /** Plugins of nodemailer: `[(transporter) => transporter.use('compile', …)]`. @default [] */
  readonly plugins?: readonly TransporterPlugin[];
}
