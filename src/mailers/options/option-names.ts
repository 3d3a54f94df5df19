import { invalidOption, policyOptionNames, refuseUnknownOptions } from '../../jobs/internals.js';
import type { AttachmentOptions } from '../mail/mail-attachment.js';
import type { MailerOptions } from '../mail/mailer.js';
import type { MailersOptions } from './mailers-options.js';
import type { NodemailerOptions } from './nodemailer-options.js';
import type { RateOptions } from './rate-options.js';
import type { SesOptions } from './ses-options.js';
import type { SmtpOptions, SmtpTimeouts } from './smtp-options.js';
import type { TemplateOptions } from './template-options.js';

const ofModule = {
  transport: true,
  transports: true,
  middleware: true,
  policy: true,
  from: true,
  directory: true,
  locale: true,
  templates: true,
  attachments: true,
  maxSize: true,
} satisfies Record<keyof MailersOptions, true>;
const ofTemplates = { directory: true, layout: true, engine: true } satisfies Record<
  keyof TemplateOptions,
  true
>;
const ofAttachments = { roots: true, sources: true, allowRemote: true, remoteTimeout: true } satisfies Record<
  keyof AttachmentOptions,
  true
>;
const ofMailer = { name: true, defaults: true, subjects: true } satisfies Record<keyof MailerOptions, true>;
const ofSmtp = {
  url: true,
  host: true,
  port: true,
  secure: true,
  auth: true,
  requireTLS: true,
  tls: true,
  maxConnections: true,
  maxMessages: true,
  idleTimeout: true,
  rate: true,
  timeouts: true,
  name: true,
  dkim: true,
  plugins: true,
} satisfies Record<keyof SmtpOptions, true>;
const ofTimeouts = {
  connection: true,
  greeting: true,
  socket: true,
  answer: true,
  dns: true,
} satisfies Record<keyof SmtpTimeouts, true>;
const ofRate = { messages: true, per: true } satisfies Record<keyof RateOptions, true>;
const ofSes = { ses: true, rate: true, plugins: true } satisfies Record<keyof SesOptions, true>;
const ofSesClient = { region: true, client: true } satisfies Record<keyof SesOptions['ses'], true>;
const ofNodemailer = { description: true, rate: true, plugins: true, secrets: true } satisfies Record<
  keyof NodemailerOptions,
  true
>;

/*
 * Each of these refuses misspelled options, which would otherwise do nothing. They throw FLEDGE_OPTION_INVALID.
 */

export function checkModuleNames(options: MailersOptions): void {
  const { preview, ...others }: MailersOptions & { readonly preview?: unknown } = options;
  // Nest has taken it from the options of forRoot. Only the factory of forRootAsync can still return it.
  if (preview !== undefined)
    throw invalidOption(
      'The factory of MailersModule.forRootAsync returns preview, which has no effect there, because Nest needs the routes before it runs the factory. Put preview next to useFactory.',
    );
  refuseUnknownOptions(others, ofModule, 'MailersModule.forRoot');
  check(options.policy, policyOptionNames, 'MailersModule.forRoot: policy');
  check(options.templates, ofTemplates, 'MailersModule.forRoot: templates');
  check(options.attachments, ofAttachments, 'MailersModule.forRoot: attachments');
}

export function checkMailerNames(options: MailerOptions, who: string): void {
  refuseUnknownOptions(options, ofMailer, who);
}

export function checkSmtpNames(options: SmtpOptions): void {
  refuseUnknownOptions(options, ofSmtp, 'the SMTP transport');
  check(options.timeouts, ofTimeouts, 'the SMTP transport: timeouts');
}

export function checkSesNames(options: SesOptions): void {
  refuseUnknownOptions(options, ofSes, 'the SES transport');
  refuseUnknownOptions(options.ses, ofSesClient, 'the SES transport: ses');
}

export function checkNodemailerNames(options: NodemailerOptions): void {
  refuseUnknownOptions(options, ofNodemailer, 'NodemailerTransport');
  check(options.rate, ofRate, 'the transport: rate');
}

function check(options: unknown, names: Readonly<Record<string, true>>, owner: string): void {
  if (options !== undefined) refuseUnknownOptions(options, names, owner);
}
