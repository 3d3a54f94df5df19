import type { Type } from '@nestjs/common';
import { Job, type JobContext, type PolicyOptions, type RetryRule } from '../../jobs/index.js';
import { Delivery } from './delivery.js';
import { DeliveryChain } from './delivery-chain.js';
import { MailComposer } from '../compose/mail-composer.js';
import { MailSender } from './mail-sender.js';
import { checkText, fieldLimits, kindOf } from '../mail/field-limits.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import { refusing } from '../mail/outgoing-mail.js';
import { UnsendableMail } from '../mail/unsendable-mail.js';

/** The name under which deliveries are stored, whatever their class. */
export const deliveryJobName = 'DeliverMail';

/** What travels for a mail: who makes it and from what; the mail itself is made in the worker. */
export interface DeliverMailPayload {
  readonly mailer: string;
  readonly action: string;
  readonly payload?: unknown;
}

/** Every delivery is this job. */
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
      context.logger.log(`${mailer}.${action} was sent by an earlier attempt (${earlier.detail}): not again`);
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
  if (typeof request !== 'object' || request === null) return refuse(`its payload is ${kindOf(request)}`);
  checkText(request.mailer, 'mailer', fieldLimits.reference, refuse);
  checkText(request.action, 'action', fieldLimits.reference, refuse);
  return request;
}

/**
 * For 5 days along Sidekiq's curve. Source: RFC 5321 4.5.4.1, "the give-up time generally needs to be at least 4-5 days".
 */
const usualPolicy: PolicyOptions = { attempts: 20 };

/** Another attempt would make the same mail. An operator can still retry the dead job after a fix. */
const once: RetryRule = { error: UnsendableMail, attempts: 1 };

/** An application's own class for its deliveries: what a job is told stands on its class. */
export function deliverMailJob(policy: PolicyOptions = {}): Type<DeliverMailJob> {
  const saysTrials = (policy.attempts ?? policy.retryFor) !== undefined;
  const retryOn = [...(policy.retryOn ?? []), once];
  const options = { ...(saysTrials ? {} : usualPolicy), ...policy, retryOn } as PolicyOptions;
  const job = { DeliverMailJob: class extends DeliverMailJob {} }.DeliverMailJob;
  Job({ name: deliveryJobName, queue: 'mailers', ...options })(job);
  return job;
}
