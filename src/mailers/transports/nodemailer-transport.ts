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
import type { NodemailerOptions, Transporter, TransporterPlugin } from '../options/nodemailer-options.js';
import { asError, redactionOfSecrets, type Redaction } from '../../jobs/internals.js';

/** A nodemailer error, as far as we look. */
interface Thrown extends Error {
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

/** Sends with any transporter of nodemailer: one of its own, a plugin's, or yours. */
export class NodemailerTransport extends MailTransport {
  readonly description: string;
  private readonly plugins: readonly TransporterPlugin[];
  private readonly rate: RateLimit | undefined;
  protected redaction: Redaction;
  private opened?: Promise<Transporter>;

  /**
   * @param open a transporter, or what opens one when the first mail is to be sent
   * @example new NodemailerTransport(createTransport({ sendmail: true }))
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(
    private readonly open: Transporter | (() => Transporter | Promise<Transporter>),
    { description = 'nodemailer', rate, plugins = [], secrets = [] }: NodemailerOptions = {},
  ) {
    super();
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
        ...(recipients && { envelope: { from: mail.from.address, to: [...recipients] } }),
        ...(signal && { signal }),
      });
      return this.receiptOf(info as SentInfo, mail, recipients ?? recipientsOf(mail));
    } catch (thrown) {
      // A new one: nodemailer's has the recipients, and what caused it may have the connection's settings.
      throw cleanError(asError(thrown), recipientsOf(mail), await this.redactionOfErrors());
    }
  }

  override async close(): Promise<void> {
    // One that could not be opened has nothing to close.
    const transporter = await this.opened?.catch(() => undefined);
    transporter?.close?.();
  }

  /** For a transport that learns its secrets only while it sends. */
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
    // A pool reports what no mail waited for: a server that ends an idle connection. Without a listener it would throw.
    (transporter as { on?(event: 'error', listener: () => void): void }).on?.('error', () => undefined);
    return transporter;
  }

  private receiptOf(
    { accepted, rejected = [], rejectedErrors = [], response }: SentInfo,
    { messageId, ...mail }: OutgoingMail,
    recipients: readonly string[],
  ): MailReceipt {
    const known = byNormalForm(recipientsOf({ messageId, ...mail }));
    return {
      messageId,
      // SES and others do not tell: they took them all.
      accepted: accepted ? accepted.map((address) => known(String(address))) : [...recipients],
      rejected: rejected.map((address) => known(String(address))),
      ...(rejectedErrors.length > 0 && { refusals: refusalsOf(rejectedErrors, known, this.redaction) }),
      detail: this.redaction.text(typeof response === 'string' ? response : this.description),
    };
  }
}

function cleanError(thrown: Thrown, recipients: readonly string[], redaction: Redaction): MailTransportError {
  const { code, originalCode, responseCode, response, command, rejectedErrors } = thrown;
  // The AWS SDK says what went wrong by the error's name.
  const isAws = code === 'ESES';
  return new MailTransportError(
    redaction.text(isAws ? `${thrown.name}: ${thrown.message}` : thrown.message),
    {
      code,
      originalCode: isAws ? thrown.name : originalCode,
      responseCode,
      response: response && redaction.text(response),
      // Of "RCPT TO:<…>" the verb decides what the trouble is.
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
  known: (address: string) => string,
  redaction: Redaction,
): Refusal[] {
  return errors.map(({ recipient = '', responseCode, response = '' }) => ({
    address: known(recipient),
    code: responseCode,
    response: redaction.text(response),
  }));
}

/** Nodemailer's addresses have their domains in ASCII; the mail's own are looked up by that. */
function byNormalForm(addresses: readonly string[]): (address: string) => string {
  const find = (address: string): string | undefined => {
    const wanted = normalForm(address);
    return addresses.find((candidate) => normalForm(candidate) === wanted);
  };
  // Nearly always they are the same to the letter.
  const known = new Set(addresses);
  return (address) => (known.has(address) ? address : (find(address) ?? address));
}

function normalForm(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${(domainToASCII(domain) || domain).toLowerCase()}`;
}
