import { Inject, Injectable } from '@nestjs/common';
import type { JobContext } from '../jobs/index.js';
import { checkMail } from './mail.js';
import { MailerRegistry } from './mailer-registry.js';
import { MAILERS_OPTIONS, type MailersOptions } from './options.js';
import { checkOutgoing, type OutgoingMail } from './outgoing-mail.js';

/** Which mail is to be made, and from what. */
export interface MailRequest {
  /** The mailer's stored name. */
  readonly mailer: string;
  readonly action: string;
  readonly payload?: unknown;
  readonly context: JobContext;
}

/** Makes mails, whoever wants one: a delivery, a preview. Nothing else does. */
@Injectable()
export class MailComposer {
  constructor(
    private readonly mailers: MailerRegistry,
    @Inject(MAILERS_OPTIONS) private readonly options: MailersOptions,
  ) {}

  /**
   * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, and what
   * the action throws
   */
  async compose({ mailer, action, payload, context }: MailRequest): Promise<OutgoingMail> {
    const mail = await this.mailers.make(mailer, action, payload, context);
    return checkMail(mail, `${mailer}.${action}`, context.id, this.options.from);
  }

  /**
   * Checks a mail again that somebody changed on its way.
   *
   * @param who the mailer and its action, for messages
   * @throws FledgeError `FLEDGE_MAIL_INVALID`
   */
  check(mail: OutgoingMail, who: string): OutgoingMail {
    return checkOutgoing(mail, who);
  }
}
