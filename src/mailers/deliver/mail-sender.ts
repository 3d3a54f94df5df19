import { DiscardJob, FledgeError, JobEvents, KillJob, SnoozeJob, type JobContext } from '../../jobs/index.js';
import { asError, counted, isObject } from '../../jobs/internals.js';
import type { Delivery } from './delivery.js';
import { MailDeferred, MailPostponed } from './delivery-outcomes.js';
import { classifyFailure, isDeferred } from './delivery-failure.js';
import { recipientsOf, type MailReceipt, type MailTransport, type Refusal } from '../mail/mail-transport.js';
import { responseOf, transportErrorDetails } from '../mail/mail-transport-error.js';
import { MailTransports } from './mail-transports.js';
import { deferredRecipients, digests } from './deferred-recipients.js';
import { sendingSignal } from './sending-signal.js';
import { TransportAlarms } from './transport-alarms.js';
import { TransportWaits } from './transport-waits.js';

/** The notes of a delivery job. */
const notes = {
  /** The mail's id and the server's response. Set when the mail is sent to all recipients that the server accepts. */
  sent: 'sent',
  /** The digests of the recipients that the server deferred while it accepted others. */
  deferred: 'deferred',
} as const;

/** Sends mails with their transports, and decides what happens to their jobs. */
export class MailSender {
  private readonly waits: TransportWaits;

  constructor(
    private readonly transports: MailTransports,
    private readonly alarms: TransportAlarms,
    private readonly events: JobEvents,
  ) {
    this.waits = new TransportWaits(alarms);
  }

  /** Returns the receipt of an earlier attempt that sent the mail but died before the job ended. The mail is then not sent again. */
  earlierReceipt(context: JobContext): MailReceipt | undefined {
    const sent = context.notes[notes.sent];
    if (sent === undefined) return undefined;
    const { messageId, detail } = isObject(sent) ? sent : {};
    return {
      messageId: textOf(messageId),
      detail: textOf(detail),
      accepted: [],
      rejected: [],
      earlier: true,
    };
  }

  /**
   * Sends a mail to the recipients that do not have it yet.
   *
   * @returns the receipt, if no recipient is left to try again
   * @throws MailDeferred, KillJob, MailPostponed, or the error of the transport. The error decides what happens to the job
   */
  async send(delivery: Delivery): Promise<MailReceipt> {
    const { mail, context, who } = delivery;
    const { name, transport } = this.transports.get(mail.transport, who);
    const recipients = deferredRecipients(mail, context.notes[notes.deferred]);
    if (recipients?.length === 0) return this.end(delivery, noRecipientsLeft(mail.messageId), '');
    const problem = this.alarms.problemToWaitFor(name, mail.from.address);
    if (problem !== undefined) throw new MailPostponed(problem);
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
    // This is the last moment at which a stop or a lost lock can prevent sending the mail twice.
    context.signal.throwIfAborted();
    const sending = sendingSignal(context.signal);
    try {
      const receipt = await transport.send(mail, { recipients, signal: sending.signal });
      this.alarms.clear(name, mail.from.address);
      return receipt;
    } catch (thrown) {
      // The fields are read first, because the redacted error may have other words and no addresses.
      const failure = classifyFailure(thrown);
      const { refusals } = transportErrorDetails(asError(thrown));
      const error = delivery.errorWithoutRecipients(asError(thrown));
      if (context.signal.aborted || isControl(error)) throw error;
      const isOfEachRecipient = refusals?.some(isDeferred) && !refusals.every(isDeferred);
      if (failure.kind === 'configuration' && !isOfEachRecipient)
        throw await this.waits.outcomeOf(delivery, { name, transport, fault: failure.fault, error });
      if (refusals && refusals.length > 0) return rejectedReceipt(refusals, mail.messageId, error);
      if (failure.kind === 'permanent')
        throw new KillJob(`${who} was refused: ${responseOf(error)}`, { cause: error });
      throw error;
    } finally {
      sending.done();
    }
  }

  /** Drops permanently rejected recipients, and retries only the deferred ones. */
  private async conclude(
    delivery: Delivery,
    transport: string,
    receipt: MailReceipt,
    recipients: readonly string[],
  ): Promise<MailReceipt> {
    const { who } = delivery;
    const refusals =
      receipt.refusals ?? receipt.rejected.map((address): Refusal => ({ address, response: 'refused' }));
    const deferred = refusals.filter(isDeferred);
    const rejected = refusals.filter((refusal) => !isDeferred(refusal));
    if (receipt.accepted.length > 0) this.emitDelivered(delivery, transport, receipt);
    const rejection = delivery.withoutRecipients(rejected[0]?.response ?? '');
    this.emitRejected(delivery, transport, rejected, rejection);
    const [firstDeferred] = deferred;
    if (!firstDeferred) return this.end(delivery, receipt, rejection);
    const response = delivery.withoutRecipients(firstDeferred.response);
    const message = `${who} was deferred for ${deferred.length} of ${counted(recipients.length, 'recipient')}: ${response}`;
    if (deferred.length < recipients.length && !(await this.noteDeferred(delivery, deferred))) {
      this.emitRejected(delivery, transport, deferred, response);
      return this.end(delivery, receipt, response);
    }
    throw new MailDeferred(message, receipt);
  }

  /** Notes that the mail is sent, or kills the job if the server refused all recipients. */
  private async end(delivery: Delivery, receipt: MailReceipt, response: string): Promise<MailReceipt> {
    const { context, who } = delivery;
    if (receipt.accepted.length === 0 && receipt.rejected.length > 0)
      throw new KillJob(`${who} was refused: ${response}`);
    try {
      const detail = delivery.withoutRecipients(receipt.detail).slice(0, 500);
      await context.note(notes.sent, { messageId: receipt.messageId, detail });
    } catch (thrown) {
      // The mail is sent. An error here would send it again, so the job completes.
      context.logger.warn(`${who} was sent, but the job could not note it: ${asError(thrown).message}`);
    }
    return receipt;
  }

  /** @returns false if a note cannot hold that many recipients */
  private async noteDeferred({ context }: Delivery, deferred: readonly Refusal[]): Promise<boolean> {
    try {
      await context.note(notes.deferred, digests(deferred.map(({ address }) => address)));
      return true;
    } catch (thrown) {
      if (thrown instanceof FledgeError && thrown.code === 'FLEDGE_NOTE_INVALID') return false;
      throw thrown;
    }
  }

  // Recipients are personal data, so events and the log contain only their number.
  private emitDelivered(delivery: Delivery, transport: string, receipt: MailReceipt): void {
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

  private emitRejected(
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

/** Returns true for an error with which the application's transport decides what happens to the job. */
function isControl(error: Error): boolean {
  return error instanceof KillJob || error instanceof SnoozeJob || error instanceof DiscardJob;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The receipt for a mail that no longer has any of its deferred recipients, because the action or a middleware changed them. */
function noRecipientsLeft(messageId: string): MailReceipt {
  return { messageId, accepted: [], rejected: [], detail: 'no recipients left' };
}

/** The receipt for a mail whose recipients were all refused. */
function rejectedReceipt(refusals: readonly Refusal[], messageId: string, error: Error): MailReceipt {
  const rejected = refusals.map(({ address }) => address);
  return { messageId, accepted: [], rejected, refusals, detail: responseOf(error) };
}
