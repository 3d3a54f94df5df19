import type { JobContext } from '../../jobs/index.js';
import type { MailReceipt } from './mail-transport.js';
import type { OutgoingMail } from './outgoing-mail.js';

/** A mail on its way out. */
export interface OutgoingDelivery {
  /**
   * What will be sent. Put another in its place to change it: `delivery.mail = { ...delivery.mail, subject: '…' }`; it is
   * checked like any mail.
   * @throws FledgeError `FLEDGE_MAIL_INVALID`
   */
  mail: OutgoingMail;
  /** The mailer's stored name. */
  readonly mailer: string;
  readonly action: string;
  readonly payload: unknown;
  readonly context: JobContext;
}

/**
 * Runs around each delivery, in the worker, after the mail was made. The first registered is outermost. The mail is not
 * sent if `next()` is not called: the job is then discarded, and the event `mail-vetoed` tells who did that. `next()`
 * resolves to the receipt, and rejects when the mail was not taken; called again, it tells the same. Whoever catches that error
 * does not change what becomes of the mail.
 */
export interface MailMiddleware {
  handle(delivery: OutgoingDelivery, next: () => Promise<MailReceipt>): Promise<MailReceipt | void>;
}
