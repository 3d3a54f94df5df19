import type { Type } from '@nestjs/common';
import { Job, type JobContext, type PolicyOptions, type RetryRule } from '../../jobs/index.js';
import { defineSubjects, type JobSubjects } from '../../jobs/internals.js';
import { Delivery } from './delivery.js';
import { DeliveryChain } from './delivery-chain.js';
import { MailComposer } from '../compose/mail-composer.js';
import { deliveryJobName, deliveryQueue, type DeliverMailPayload } from '../enqueue/mail-request.js';
import { MailSender } from './mail-sender.js';
import { checkText, fieldLimits, kindOf } from '../mail/field-limits.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import { refusing } from '../mail/outgoing-mail.js';
import { UnsendableMail } from '../mail/unsendable-mail.js';

/** The job that makes and sends a mail. */
export class DeliverMailJob {
  constructor(
    private readonly composer: MailComposer,
    private readonly chain: DeliveryChain,
    private readonly sender: MailSender,
  ) {}

  async perform(request: DeliverMailPayload, context: JobContext): Promise<MailReceipt> {
    const { mailer, action, payload } = checkRequest(request);
    const earlier = this.sender.earlierReceipt(context);
    if (earlier) {
      context.logger.log(
        `${mailer}.${action} is not sent again, because an earlier attempt sent it: ${earlier.detail}`,
      );
      return earlier;
    }
    const mail = await this.composer.compose({ mailer, action, payload, context });
    const delivery = new Delivery(mail, { mailer, action, payload, context }, (changed, who) =>
      this.composer.check(changed, who),
    );
    return delivery.storable(await this.chain.run(delivery, (sent) => this.sender.send(sent)));
  }
}

/** The payload comes from the store, where anyone with access may have written it. */
function checkRequest(request: DeliverMailPayload): DeliverMailPayload {
  const refuse = refusing('This mail');
  if (typeof request !== 'object' || request === null)
    return refuse(`its payload is ${kindOf(request)} instead of an object`);
  checkText(request.mailer, 'mailer', fieldLimits.reference, refuse);
  checkText(request.action, 'action', fieldLimits.reference, refuse);
  return request;
}

/**
 * 20 attempts take 5 days with Sidekiq's delays. Source: RFC 5321 4.5.4.1, "the give-up time generally needs to be at least 4-5 days".
 */
const defaultAttempts = 20;

/** Another attempt would make the same mail. An operator can still retry the dead job after a fix. */
const unsendableRule: RetryRule = { error: UnsendableMail, attempts: 1 };

/**
 * Makes the class of an application's delivery jobs. Each application needs its own class, because `@Job()` stores the options on the
 * class.
 *
 * @param subjects the mails that this application can make
 */
export function deliverMailJob(policy: PolicyOptions = {}, subjects?: JobSubjects): Type<DeliverMailJob> {
  @Job({ name: deliveryJobName, queue: deliveryQueue, ...policyOfMails(policy) })
  class ConfiguredDeliverMailJob extends DeliverMailJob {}
  if (subjects) defineSubjects(ConfiguredDeliverMailJob, subjects);
  return ConfiguredDeliverMailJob;
}

function policyOfMails(policy: PolicyOptions): PolicyOptions {
  const retryOn = [...(policy.retryOn ?? []), unsendableRule];
  const { attempts, retryFor, ...others } = policy;
  if (retryFor !== undefined) return { ...policy, retryOn };
  return { ...others, attempts: attempts ?? defaultAttempts, retryOn };
}
