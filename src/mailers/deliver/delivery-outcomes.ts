import { DiscardJob, FledgeError, SnoozeJob } from '../../jobs/index.js';
import type { MailReceipt } from '../mail/mail-transport.js';

/** How long a mail waits while its transport needs somebody's hand. */
const keptFor = '5m';

/** The job waits, and no attempt is spent: nothing is wrong with the mail. */
export class MailKept extends SnoozeJob {
  /** For a caller who cannot wait. */
  readonly trouble: FledgeError;

  constructor(message: string) {
    super(keptFor, message);
    this.trouble = new FledgeError('FLEDGE_MAIL_CONFIGURATION', message);
  }
}

/** Some recipients got it or were refused for good; the others are tried again. */
export class MailDeferred extends FledgeError {
  // Not seen by what prints an error with its properties: it has addresses.
  readonly #receipt: MailReceipt;

  constructor(message: string, receipt: MailReceipt) {
    super('FLEDGE_MAIL_DEFERRED', message);
    this.#receipt = receipt;
  }

  get receipt(): MailReceipt {
    return this.#receipt;
  }
}

/** The job is discarded. */
export class MailVetoed extends DiscardJob {
  constructor(
    readonly by: string,
    readonly messageId: string,
  ) {
    super(`vetoed by ${by}`);
  }
}
