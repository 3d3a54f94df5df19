import type { RateOptions } from './rate-options.js';

/** What is needed of a nodemailer transporter; structural, since nodemailer is an optional package. */
export interface Transporter {
  sendMail(mail: object): Promise<unknown>;
  close?(): unknown;
  // `any`, since nodemailer's plugins come with types of their own, or none.
  // eslint-disable-next-line typescript/no-explicit-any
  use?(step: string, plugin: (mail: any, done: (error?: Error | null) => void) => void): unknown;
}

/** Puts something into a transporter before its first mail: `(transporter) => transporter.use('compile', …)`. */
// eslint-disable-next-line typescript/no-explicit-any
export type TransporterPlugin = (transporter: any) => unknown;

export interface NodemailerOptions {
  /** For people, without secrets. @default 'nodemailer' */
  readonly description?: string;
  /** How fast mails go out, of each process. @default as fast as they come */
  readonly rate?: RateOptions | undefined;
  /** Plugins of nodemailer, and whatever else a transporter is to be told. @default [] */
  readonly plugins?: readonly TransporterPlugin[] | undefined;
  /** What must never be seen in an error: passwords, tokens, keys; each of at least 3 characters. @default [] */
  readonly secrets?: readonly string[];
}
