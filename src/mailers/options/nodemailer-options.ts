import type { RateOptions } from './rate-options.js';

/** The members of a nodemailer transporter that Fledge uses. Nodemailer is an optional package, so its types are not used here. */
export interface Transporter {
  sendMail(mail: object): Promise<unknown>;
  close?(): unknown;
  // `any`, because nodemailer's plugins have their own types, or none.
  // eslint-disable-next-line typescript/no-explicit-any
  use?(step: string, plugin: (mail: any, done: (error?: Error | null) => void) => void): unknown;
}

/** Changes a transporter before its first mail: `(transporter) => transporter.use('compile', …)`. */
// eslint-disable-next-line typescript/no-explicit-any
export type TransporterPlugin = (transporter: any) => unknown;

export interface NodemailerOptions {
  /** A description for logs, without secrets. @default 'nodemailer' */
  readonly description?: string;
  /** The rate limit of each process. @default no limit */
  readonly rate?: RateOptions | undefined;
  /** Nodemailer plugins, and other functions that configure the transporter. @default [] */
  readonly plugins?: readonly TransporterPlugin[] | undefined;
  /** Passwords, tokens and keys that no error may show, each of at least 3 characters. @default [] */
  readonly secrets?: readonly string[];
}
