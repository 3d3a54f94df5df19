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

/** A mail that is about to be sent. A mail that a middleware assigns is checked. */
export class Delivery implements OutgoingDelivery {
  readonly mailer: string;
  readonly action: string;
  readonly payload: unknown;
  readonly context: JobContext;

  /** The recipients of every mail that this delivery had. A middleware may have replaced the first ones. */
  private readonly recipients = new Set<string>();
  private redaction: Redaction | undefined;
  private lastRedacted: { readonly from: string; readonly to: string } | undefined;

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

  /** Removes the recipients from a server's response. They are personal data, so every response is redacted before it is logged. */
  withoutRecipients(text: string): string {
    // The event, the note and the receipt need the same response.
    if (this.lastRedacted?.from !== text)
      this.lastRedacted = { from: text, to: this.currentRedaction.text(text) };
    return this.lastRedacted.to;
  }

  /** Removes the recipients from an error of a transport, which may contain a server's response. */
  errorWithoutRecipients(error: Error): Error {
    return this.currentRedaction.error(error);
  }

  /** Returns a receipt whose JSON has numbers instead of addresses. The store and the log get numbers too. */
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

  /** The mailer and its action, for messages. */
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

  private get currentRedaction(): Redaction {
    return (this.redaction ??= redactionOfRecipients([...this.recipients]));
  }

  private remember(mail: OutgoingMail): void {
    for (const address of recipientsOf(mail)) this.recipients.add(address);
    this.redaction = undefined;
    this.lastRedacted = undefined;
  }
}
