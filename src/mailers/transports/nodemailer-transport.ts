import { domainToASCII } from 'node:url';
import type { OutgoingMail } from '../mail/outgoing-mail.js';
import {
  MailTransport,
  recipientsOf,
  type MailReceipt,
  type Refusal,
  type SendOptions,
} from '../mail/mail-transport.js';
import { MailTransportError } from '../mail/mail-transport-error.js';
import { toNodemailer } from './nodemailer.js';
import { RateLimit } from './rate-limit.js';
import { checkNodemailerNames } from '../options/option-names.js';
import type { NodemailerOptions, Transporter, TransporterPlugin } from '../options/nodemailer-options.js';
import { asError, redactionOfSecrets, type Redaction } from '../../jobs/internals.js';

/** The members of nodemailer's errors that are used here. */
interface NodemailerError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly command?: string;
  readonly rejectedErrors?: readonly RecipientError[];
}

interface RecipientError {
  readonly recipient?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

interface SentInfo {
  readonly accepted?: readonly unknown[];
  readonly rejected?: readonly unknown[];
  readonly rejectedErrors?: readonly RecipientError[];
  readonly response?: unknown;
}

/** Sends with any nodemailer transporter: a built-in one, a plugin's, or yours. */
export class NodemailerTransport extends MailTransport {
  readonly description: string;
  private readonly plugins: readonly TransporterPlugin[];
  private readonly rate: RateLimit | undefined;
  protected redaction: Redaction;
  private opened?: Promise<Transporter>;

  /**
   * @param open a transporter, or a function that opens one for the first mail
   * @example new NodemailerTransport(createTransport({ sendmail: true }))
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(
    private readonly open: Transporter | (() => Transporter | Promise<Transporter>),
    options: NodemailerOptions = {},
  ) {
    super();
    checkNodemailerNames(options);
    const { description = 'nodemailer', rate, plugins = [], secrets = [] } = options;
    this.description = description;
    this.plugins = plugins;
    this.rate = rate && new RateLimit(rate, description);
    this.redaction = redactionOfSecrets(secrets);
  }

  async send(mail: OutgoingMail, { recipients, signal }: SendOptions = {}): Promise<MailReceipt> {
    await this.rate?.pass(signal);
    const transporter = await this.transporter();
    try {
      const info = await transporter.sendMail({
        ...toNodemailer(mail),
        ...envelopeOf(mail, recipients),
        ...(signal && { signal }),
      });
      return this.receiptOf(info as SentInfo, mail, recipients ?? recipientsOf(mail));
    } catch (thrown) {
      // Nodemailer's error contains the recipients, and its cause may contain the connection's settings, so this is a new error.
      throw cleanError(asError(thrown), recipientsOf(mail), await this.redactionOfErrors());
    }
  }

  override async close(): Promise<void> {
    // A transporter that could not be opened needs no closing.
    const transporter = await this.opened?.catch(() => undefined);
    transporter?.close?.();
  }

  /** Redacts errors. A transport overrides it if it gets its secrets only while it sends. */
  protected async redactionOfErrors(): Promise<Redaction> {
    return this.redaction;
  }

  private async transporter(): Promise<Transporter> {
    try {
      return await (this.opened ??= this.openWithPlugins());
    } catch (thrown) {
      delete this.opened;
      throw (await this.redactionOfErrors()).error(thrown);
    }
  }

  private async openWithPlugins(): Promise<Transporter> {
    const transporter = typeof this.open === 'function' ? await this.open() : this.open;
    for (const plugin of this.plugins) plugin(transporter);
    // A pool emits an error if a server ends an idle connection. Without a listener the process would crash.
    (transporter as { on?(event: 'error', listener: () => void): void }).on?.('error', () => undefined);
    return transporter;
  }

  private receiptOf(
    { accepted, rejected = [], rejectedErrors = [], response }: SentInfo,
    { messageId, ...mail }: OutgoingMail,
    recipients: readonly string[],
  ): MailReceipt {
    const original = byNormalForm(recipientsOf({ messageId, ...mail }));
    return {
      messageId,
      // SES and other services don't report recipients, because they accept all of them.
      accepted: accepted ? accepted.map((address) => original(String(address))) : [...recipients],
      rejected: rejected.map((address) => original(String(address))),
      ...(rejectedErrors.length > 0 && { refusals: refusalsOf(rejectedErrors, original, this.redaction) }),
      detail: this.redaction.text(typeof response === 'string' ? response : this.description),
    };
  }
}

/** The envelope, if it is not what nodemailer makes of the mail's addresses. */
function envelopeOf(mail: OutgoingMail, recipients: readonly string[] | undefined) {
  const { from, returnPath } = mail;
  if (returnPath === undefined && !recipients) return {};
  return {
    envelope: { from: returnPath ?? from.address, to: [...(recipients ?? recipientsOf(mail))] },
    // SES has no envelope. This is its own name for the address.
    ...(returnPath !== undefined && { ses: { FeedbackForwardingEmailAddress: returnPath } }),
  };
}

function cleanError(
  thrown: NodemailerError,
  recipients: readonly string[],
  redaction: Redaction,
): MailTransportError {
  const { code, originalCode, responseCode, response, command, rejectedErrors } = thrown;
  // The name of an AWS SDK error says what went wrong.
  const isAws = code === 'ESES';
  return new MailTransportError(
    redaction.text(isAws ? `${thrown.name}: ${thrown.message}` : thrown.message),
    {
      code,
      originalCode: isAws ? thrown.name : originalCode,
      responseCode,
      response: response && redaction.text(response),
      // `classifyFailure` needs the verb, such as RCPT of "RCPT TO:<…>".
      command: command?.replace(
        /^(\w+\W)(.*)$/s,
        (_, verb: string, rest: string) => verb + redaction.text(rest),
      ),
      refusals: rejectedErrors && refusalsOf(rejectedErrors, byNormalForm(recipients), redaction),
    },
  );
}

function refusalsOf(
  errors: readonly RecipientError[],
  original: (address: string) => string,
  redaction: Redaction,
): Refusal[] {
  return errors.map(({ recipient = '', responseCode, response = '' }) => ({
    address: original(recipient),
    code: responseCode,
    response: redaction.text(response),
  }));
}

/** Returns a function that finds the mail's address for nodemailer's address, whose domain is in ASCII. */
function byNormalForm(addresses: readonly string[]): (address: string) => string {
  const find = (address: string): string | undefined => {
    const wanted = normalForm(address);
    return addresses.find((candidate) => normalForm(candidate) === wanted);
  };
  // Nearly all addresses are the same in both forms.
  const unchanged = new Set(addresses);
  return (address) => (unchanged.has(address) ? address : (find(address) ?? address));
}

function normalForm(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${(domainToASCII(domain) || domain).toLowerCase()}`;
}
