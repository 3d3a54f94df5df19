import { inspect } from 'node:util';
import type { JobContext } from '../../jobs/index.js';
import { redactionOfRecipients, type Redaction } from '../../jobs/internals.js';
import type { OutgoingDelivery } from '../mail/mail-middleware.js';
import { recipientsOf, type MailReceipt } from '../mail/mail-transport.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';

export interface DeliveryFields {
  readonly mailer: string;
  readonly action: string;
  readonly payload: unknown;
  readonly context: JobContext;
}

/** A mail on its way out; whatever middleware puts in its place is checked. */
export class Delivery implements OutgoingDelivery {
  readonly mailer: string;
  readonly action: string;
  readonly payload: unknown;
  readonly context: JobContext;

  /** Everybody that it was for at any time: middleware may have put others in the place of the first. */
  private readonly recipients = new Set<string>();
  private redaction: Redaction | undefined;
  private lastHidden: { readonly from: string; readonly to: string } | undefined;

  constructor(
    private current: OutgoingMail,
    { mailer, action, payload, context }: DeliveryFields,
    private readonly check: (mail: OutgoingMail, who: string) => OutgoingMail,
  ) {
    this.mailer = mailer;
    this.action = action;
    this.payload = payload;
    this.context = context;
    this.remember(current);
  }

  /** Recipients are personal data: whatever a server says goes through this before anybody sees it. */
  withoutRecipients(text: string): string {
    // The server's answer is asked for by the event, the note and the receipt.
    if (this.lastHidden?.from !== text) this.lastHidden = { from: text, to: this.hiding.text(text) };
    return this.lastHidden.to;
  }

  /** An error of a transport, which may have a server's words. */
  errorWithoutRecipients(error: Error): Error {
    return this.hiding.error(error);
  }

  /** A receipt whose JSON, and so what a store keeps of it, has numbers in place of addresses; so has what a log prints. */
  storable(receipt: MailReceipt): MailReceipt {
    const toJSON = (): object => {
      const { refusals: _, ...others } = receipt;
      const detail = this.withoutRecipients(receipt.detail);
      return { ...others, accepted: receipt.accepted.length, rejected: receipt.rejected.length, detail };
    };
    return Object.defineProperties(
      { ...receipt },
      { toJSON: { value: toJSON }, [inspect.custom]: { value: toJSON } },
    );
  }

  /** For messages. */
  get who(): string {
    return `${this.mailer}.${this.action}`;
  }

  get mail(): OutgoingMail {
    return this.current;
  }

  set mail(mail: OutgoingMail) {
    this.current = this.check(mail, this.who);
    this.remember(this.current);
  }

  private get hiding(): Redaction {
    return (this.redaction ??= redactionOfRecipients([...this.recipients]));
  }

  private remember(mail: OutgoingMail): void {
    for (const address of recipientsOf(mail)) this.recipients.add(address);
    this.redaction = undefined;
    this.lastHidden = undefined;
  }
}
