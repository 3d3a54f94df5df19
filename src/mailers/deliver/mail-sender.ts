import { Injectable } from '@nestjs/common';
import { DiscardJob, FledgeError, JobEvents, KillJob, SnoozeJob, type JobContext } from '../../jobs/index.js';
import { asError } from '../../jobs/internals.js';
import type { Delivery } from './delivery.js';
import { MailDeferred, MailKept } from './delivery-outcomes.js';
import { mayComeLater, troubleOf, type TransportFault } from './delivery-trouble.js';
import { recipientsOf, type MailReceipt, type MailTransport, type Refusal } from '../mail/mail-transport.js';
import type { TransportErrorDetails } from '../mail/mail-transport-error.js';
import { MailTransports } from './mail-transports.js';
import { fingerprints, putOff } from './deferred-recipients.js';
import { sendingSignal } from './sending-signal.js';
import { TransportAlarms } from './transport-alarms.js';

/** The notes of a mail's job. */
const notes = {
  /** The mail's id and the server's last words, once it has the mail for everybody who can get it. */
  sent: 'sent',
  /** Who was put off, when others were not. */
  putOff: 'putOff',
} as const;

const advice: Readonly<Record<TransportFault, string>> = {
  credentials: 'Check its user and password, and that they may send',
  host: 'Check the name of its server',
  certificate: 'Check its certificate; for an authority of your own, give tls.ca',
  encryption: 'Check whether its server speaks TLS there: smtps:// from the start, smtp:// with STARTTLS',
  refusal: 'Ask those who run its server why it refuses this machine',
  account: 'Look at the account and the sender’s domain',
  package: 'Install the package',
};

/** Hands mails to transports, and says what becomes of their jobs. */
@Injectable()
export class MailSender {
  constructor(
    private readonly transports: MailTransports,
    private readonly alarms: TransportAlarms,
    private readonly events: JobEvents,
  ) {}

  /** What an earlier attempt has sent is not sent again: it died between the server's answer and the job's end. */
  earlierReceipt(context: JobContext): MailReceipt | undefined {
    const sent = context.notes[notes.sent] as Pick<MailReceipt, 'messageId' | 'detail'> | undefined;
    return sent && { ...sent, accepted: [], rejected: [], earlier: true };
  }

  /**
   * @returns the receipt of a mail that everybody has who can get it
   * @throws MailDeferred, KillJob, MailKept, or the transport's own error: what the trouble means for the job
   */
  async send(delivery: Delivery): Promise<MailReceipt> {
    const { mail, context, who } = delivery;
    const { name, transport } = this.transports.get(mail.transport, who);
    const recipients = putOff(mail, context.notes[notes.putOff]);
    if (recipients?.length === 0) return this.end(delivery, nobodyLeft(mail.messageId), '');
    const known = this.alarms.keepsBack(name);
    if (known !== undefined) throw new MailKept(known);
    const receipt = await this.handOver(delivery, name, transport, recipients);
    return this.conclude(delivery, name, receipt, recipients ?? recipientsOf(mail));
  }

  private async handOver(
    delivery: Delivery,
    name: string,
    transport: MailTransport,
    recipients: readonly string[] | undefined,
  ): Promise<MailReceipt> {
    const { mail, context, who } = delivery;
    // The last moment at which a stop or a lost lock can keep the mail from being sent twice.
    context.signal.throwIfAborted();
    const sending = sendingSignal(context.signal);
    try {
      const receipt = await transport.send(mail, { recipients, signal: sending.signal });
      this.alarms.clear(name);
      return receipt;
    } catch (thrown) {
      // Before the error loses its words: the fields decide what it means, and the refusals name recipients.
      const trouble = troubleOf(thrown);
      const { refusals } = asError(thrown) as TransportErrorDetails;
      const error = delivery.errorWithoutRecipients(asError(thrown));
      if (context.signal.aborted || isControl(error)) throw error;
      if (trouble.kind === 'configuration') throw this.keep(name, transport, trouble.fault, error);
      if (refusals && refusals.length > 0) return refusedBy(refusals, mail.messageId, error);
      if (trouble.kind === 'final')
        throw new KillJob(`${who} was refused: ${wordsOf(error)}`, { cause: error });
      throw error;
    } finally {
      sending.done();
    }
  }

  /** Whoever was refused for good is let go, whoever was put off is tried again, and nobody else. */
  private async conclude(
    delivery: Delivery,
    transport: string,
    receipt: MailReceipt,
    recipients: readonly string[],
  ): Promise<MailReceipt> {
    const { who } = delivery;
    const refusals =
      receipt.refusals ?? receipt.rejected.map((address): Refusal => ({ address, response: 'refused' }));
    const later = refusals.filter(mayComeLater);
    const lost = refusals.filter((refusal) => !mayComeLater(refusal));
    if (receipt.accepted.length > 0) this.tellDelivered(delivery, transport, receipt);
    const lastWords = delivery.withoutRecipients(lost[0]?.response ?? '');
    this.tellRejected(delivery, transport, lost, lastWords);
    if (later.length === 0) return this.end(delivery, receipt, lastWords);
    const words = delivery.withoutRecipients(later[0]!.response);
    const message = `${who} was put off for ${later.length} of ${recipients.length} recipient(s): ${words}`;
    if (later.length < recipients.length && !(await this.notePutOff(delivery, later))) {
      this.tellRejected(delivery, transport, later, words);
      return this.end(delivery, receipt, words);
    }
    throw new MailDeferred(message, receipt);
  }

  private async end(delivery: Delivery, receipt: MailReceipt, words: string): Promise<MailReceipt> {
    const { context, who } = delivery;
    if (receipt.accepted.length === 0 && receipt.rejected.length > 0)
      throw new KillJob(`${who} was refused: ${words}`);
    try {
      const detail = delivery.withoutRecipients(receipt.detail).slice(0, 500);
      await context.note(notes.sent, { messageId: receipt.messageId, detail });
    } catch (thrown) {
      // The mail is sent, and must not be sent again because of this: the job ends as it should.
      context.logger.warn(`${who} is sent, but that could not be noted: ${asError(thrown).message}`);
    }
    return receipt;
  }

  /** @returns false when they are too many to remember */
  private async notePutOff({ context }: Delivery, later: readonly Refusal[]): Promise<boolean> {
    try {
      await context.note(notes.putOff, fingerprints(later.map(({ address }) => address)));
      return true;
    } catch (thrown) {
      if (thrown instanceof FledgeError && thrown.code === 'FLEDGE_NOTE_INVALID') return false;
      throw thrown;
    }
  }

  private keep(name: string, transport: MailTransport, fault: TransportFault, error: Error): MailKept {
    const message = `The mail transport "${name}" (${transport.description}) cannot send: ${wordsOf(error)}. ${advice[fault]}. Its mails wait, are tried every 5 minutes, and spend no attempt.`;
    this.alarms.raise(name, fault, message);
    return new MailKept(message);
  }

  // Recipients are personal data, so events and log get their number only.
  private tellDelivered(delivery: Delivery, transport: string, receipt: MailReceipt): void {
    const { messageId } = receipt;
    const recipients = receipt.accepted.length;
    const detail = delivery.withoutRecipients(receipt.detail);
    this.events.emit({
      type: 'mail-delivered',
      ...factsOf(delivery),
      transport,
      recipients,
      messageId,
      detail,
    });
  }

  private tellRejected(
    delivery: Delivery,
    transport: string,
    { length: recipients }: readonly Refusal[],
    response: string,
  ): void {
    if (recipients === 0) return;
    this.events.emit({ type: 'mail-rejected', ...factsOf(delivery), transport, recipients, response });
  }
}

function factsOf({ mailer, action, context: { id, name, queue } }: Delivery) {
  return { id, name, queue, mailer, action };
}

/** What a transport of the application's own decides for itself. */
function isControl(error: Error): boolean {
  return error instanceof KillJob || error instanceof SnoozeJob || error instanceof DiscardJob;
}

/** Those that were put off are not among the mail's recipients any more. */
function nobodyLeft(messageId: string): MailReceipt {
  return { messageId, accepted: [], rejected: [], detail: 'nobody is left who is to get it' };
}

/** The server took nobody. */
function refusedBy(refusals: readonly Refusal[], messageId: string, error: Error): MailReceipt {
  const rejected = refusals.map(({ address }) => address);
  return { messageId, accepted: [], rejected, refusals, detail: wordsOf(error) };
}

/** The server's, where there are some. */
function wordsOf(error: Error): string {
  return (error as TransportErrorDetails).response ?? error.message;
}
