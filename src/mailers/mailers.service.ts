import type { Type } from '@nestjs/common';
import {
  JobsService,
  type BulkEnqueueOptions,
  type EnqueueOptions,
  type FieldsOf,
  type JobReceipt,
  type PayloadArguments,
  type SafePayload,
} from '../jobs/index.js';
import type { DeliverMailJob } from './deliver/deliver-mail.job.js';
import { MailDeferred, MailPostponed, MailVetoed } from './deliver/delivery-outcomes.js';
import { forDeliveries } from './enqueue/delivery-uniqueness.js';
import { mailActions } from './enqueue/mail-calls.js';
import type { DeliverMailPayload } from './enqueue/mail-request.js';
import type { MailReceipt } from './mail/mail-transport.js';
import type { MailAction } from './mail/mailer.js';
import { MailerRegistry } from './compose/mailer-registry.js';

/** A mail that is not made yet. It has a mailer, an action and a payload. */
export interface MailDelivery<Field extends string = never> {
  /**
   * Adds the mail to the `mailers` queue. A worker makes and sends it, and retries it if that fails. The payload is read during this
   * call.
   *
   * @param options the options of `JobsService.enqueue`: delay, at, queue, priority, unique, attempts, …
   */
  deliverLater(options?: EnqueueOptions<Field>): Promise<JobReceipt>;
  /**
   * Makes and sends the mail now, in this process, once. Rejects if no recipient was accepted. If a middleware vetoes the mail, it
   * resolves with `vetoed: true`.
   */
  deliverNow(): Promise<MailReceipt>;
}

type AsJob<Action extends MailAction> = { perform: Action };

/** Calls an action with a payload, or with many payloads. */
export type MailerCall<Action extends MailAction> = ((
  ...payload: PayloadArguments<AsJob<Action>, []>
) => MailDelivery<FieldsOf<AsJob<Action>>>) & {
  /**
   * Adds one mail for each payload to the queue, like `JobsService.enqueueAll`. It is made for thousands of payloads. A generator may
   * yield the same object repeatedly.
   *
   * @example await mailers.for(NewsMailer).issue.deliverAllLater(readers.map(({ id }) => ({ readerId: id })));
   * @param options for all mails, or a function of payload and index
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` if some mails were not enqueued. `error.receipts` has the mails that were
   */
  deliverAllLater(
    payloads: Iterable<SafePayload<AsJob<Action>>>,
    options?: BulkEnqueueOptions<SafePayload<AsJob<Action>>, FieldsOf<AsJob<Action>>>,
  ): Promise<JobReceipt[]>;
};

/** The actions of a mailer. */
export type MailerActions<M> = {
  readonly [Action in keyof M as M[Action] extends MailAction ? Action : never]: M[Action] extends MailAction
    ? MailerCall<M[Action]>
    : never;
};

/** Sends mails. Inject it into controllers and services. */
export class MailersService {
  /** The application's class of delivery jobs, made by `deliverMailJob`. */
  private readonly job: Type<DeliverMailJob>;

  constructor(
    private readonly jobs: JobsService,
    private readonly mailers: MailerRegistry,
    job: DeliverMailJob,
  ) {
    this.job = job.constructor as Type<DeliverMailJob>;
  }

  /**
   * Returns the actions of a mailer.
   *
   * @example await mailers.for(UserMailer).welcome({ userId }).deliverLater({ delay: '5m' });
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, from the action's call
   */
  for<M extends object>(mailer: Type<M>): MailerActions<M> {
    return mailActions({
      requireAction: (action) => this.mailers.requireAction(mailer, action),
      deliver: (request) => this.delivery(request),
      deliverAll: (requests, options) => this.jobs.enqueueAll(this.job, requests, options),
    });
  }

  private delivery(request: DeliverMailPayload): MailDelivery<string> {
    return {
      deliverLater: (options = {}) => this.jobs.enqueue(this.job, request, forDeliveries(options)),
      deliverNow: () => this.deliverNow(request),
    };
  }

  private async deliverNow(request: DeliverMailPayload): Promise<MailReceipt> {
    try {
      return await this.jobs.perform(this.job, request);
    } catch (thrown) {
      if (thrown instanceof MailVetoed) {
        const detail = `vetoed by ${thrown.by}`;
        return { messageId: thrown.messageId, accepted: [], rejected: [], detail, vetoed: true };
      }
      // Some recipients were accepted. There is no later attempt for the others, so the receipt lists them.
      if (thrown instanceof MailDeferred && thrown.receipt.accepted.length > 0) return thrown.receipt;
      throw thrown instanceof MailPostponed ? thrown.configurationError : thrown;
    }
  }
}
