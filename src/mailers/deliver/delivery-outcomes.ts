import { DiscardJob, FledgeError, SnoozeJob } from '../../jobs/index.js';
import type { MailReceipt } from '../mail/mail-transport.js';

/** How long a mail waits before its next attempt while its transport is misconfigured. */
const waitTime = '5m';

/** The transport cannot send, so the job waits. It uses up no attempt, because nothing is wrong with the mail. */
export class MailPostponed extends SnoozeJob {
  /** The error for `deliverNow`, whose caller cannot wait. */
  readonly configurationError: FledgeError;

  constructor(message: string) {
    super(waitTime, message);
    this.configurationError = new FledgeError('FLEDGE_MAIL_CONFIGURATION', message);
  }
}

/** The server deferred some recipients, and the job tries them again. It accepted the others or refused them permanently. */
export class MailDeferred extends FledgeError {
  // A private field, so a printed error does not show the addresses.
  readonly #receipt: MailReceipt;

  constructor(message: string, receipt: MailReceipt) {
    super('FLEDGE_MAIL_DEFERRED', message);
    this.#receipt = receipt;
  }

  get receipt(): MailReceipt {
    return this.#receipt;
  }
}

/** A middleware vetoed the mail, so the job is discarded. */
export class MailVetoed extends DiscardJob {
  constructor(
    readonly by: string,
    readonly messageId: string,
  ) {
    super(`vetoed by ${by}`);
  }
}
