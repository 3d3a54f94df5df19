import type { JobContext } from '../../jobs/index.js';
import type { MailReceipt } from './mail-transport.js';
import type { OutgoingMail } from './outgoing-mail.js';

/** A mail that is about to be sent. */
export interface OutgoingDelivery {
  /**
   * The mail that will be sent. Assign another mail to change it: `delivery.mail = { ...delivery.mail, subject: '…' }`. The new mail
   * is checked like any other mail.
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
 * Runs around each delivery, in the worker, after the mail was made. The first registered middleware is outermost.
 *
 * If a middleware does not call `next()`, the mail is not sent. The job is then discarded, and the event `mail-vetoed` has the
 * middleware's name. `next()` resolves to the receipt, and rejects if the mail was not accepted. Further calls return the same
 * promise. A middleware that catches the error does not change the outcome of the job.
 */
export interface MailMiddleware {
  handle(delivery: OutgoingDelivery, next: () => Promise<MailReceipt>): Promise<MailReceipt | void>;
}
