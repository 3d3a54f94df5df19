import { Job, type JobContext } from '../jobs/index.js';
import { MailComposer } from './mail-composer.js';
import { MailTransport, type MailReceipt } from './mail-transport.js';

/** What travels for a mail: who makes it and from what; the mail itself is made in the worker. */
export interface DeliverMailPayload {
  readonly mailer: string;
  readonly action: string;
  readonly payload?: unknown;
}

/** Every delivery is this job. */
@Job({ name: 'DeliverMail', queue: 'mailers' })
export class DeliverMailJob {
  constructor(
    private readonly composer: MailComposer,
    private readonly transport: MailTransport,
  ) {}

  async perform({ mailer, action, payload }: DeliverMailPayload, context: JobContext): Promise<MailReceipt> {
    const who = `${mailer}.${action}`;
    const mail = await this.composer.compose({ mailer, action, payload, context });
    // The last moment at which a stop or a lost lock can keep the mail from being sent twice.
    context.signal.throwIfAborted();
    const receipt = await this.transport.send(mail);
    // Recipients are personal data, so the log gets their number only.
    context.logger.log(`${who} delivered to ${receipt.accepted.length} recipient(s): ${receipt.detail}`);
    if (receipt.rejected.length > 0) {
      context.logger.warn(`${who}: the server refused ${receipt.rejected.length} of the recipients`);
    }
    return receipt;
  }
}
