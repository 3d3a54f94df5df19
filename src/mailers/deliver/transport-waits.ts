import type { MailTransport } from '../mail/mail-transport.js';
import { responseOf } from '../mail/mail-transport-error.js';
import { isAccountFault } from './refusal-codes.js';
import type { Delivery } from './delivery.js';
import type { TransportFault } from './delivery-failure.js';
import { MailPostponed } from './delivery-outcomes.js';
import { advice } from './fault-advice.js';
import type { TransportAlarms, UnsentMail } from './transport-alarms.js';

/** The note of a delivery job with the time at which its mail was first refused because of the account, in milliseconds since 1970. */
const refusedNote = 'refused';

/** The failure of a transport that cannot send a mail. */
export interface TransportFailure {
  /** The name of the transport. */
  readonly name: string;
  readonly transport: MailTransport;
  readonly fault: TransportFault;
  /** The error, without recipients. */
  readonly error: Error;
}

/** Decides whether a mail waits for its transport. */
export class TransportWaits {
  constructor(private readonly alarms: TransportAlarms) {}

  /**
   * Returns the error that decides what happens to the job. Usually the mail waits, uses up no attempt, and the failure is reported. If
   * other mails were sent since the mail was first refused, the refusal is about this mail. It then uses up an attempt, so that it does
   * not wait forever.
   */
  async outcomeOf(delivery: Delivery, { name, transport, fault, error }: TransportFailure): Promise<Error> {
    const { mail, context } = delivery;
    const unsent: UnsentMail = { transport: name, sender: mail.from.address, job: context.id };
    const ofAccount = isAccountFault(fault);
    const refusedAt = context.notes[refusedNote];
    if (ofAccount && typeof refusedAt === 'number' && this.alarms.sentSince(refusedAt, unsent, fault))
      return error;
    if (ofAccount && refusedAt === undefined) await noteRefusal(delivery);
    const waits = ofAccount
      ? 'Each is tried every 5 minutes. A mail uses up attempts only if others are sent in the meantime'
      : 'Each is tried every 5 minutes and uses up no attempt';
    const message = `The mail transport "${name}" (${transport.description}) cannot send: ${responseOf(error)}. ${advice[fault]}. Its mails wait. ${waits}.`;
    this.alarms.raise(unsent, fault, message);
    return new MailPostponed(message);
  }
}

async function noteRefusal({ context }: Delivery): Promise<void> {
  const now = Date.now();
  // Without the note the mail waits once more than it should.
  await context.note(refusedNote, now).catch(() => undefined);
}
