import { Injectable, type Type } from '@nestjs/common';
import {
  JobsService,
  type BulkEnqueueOptions,
  type EnqueueOptions,
  type FieldsOf,
  type JobReceipt,
  type PayloadArguments,
  type SafePayload,
} from '../jobs/index.js';
import { DeliverMailJob, type DeliverMailPayload } from './deliver/deliver-mail.job.js';
import { MailDeferred, MailKept, MailVetoed } from './deliver/delivery-outcomes.js';
import { forDeliveries } from './deliver/delivery-uniqueness.js';
import type { MailReceipt } from './mail/mail-transport.js';
import type { MailAction } from './mail/mailer.js';
import { MailerRegistry } from './compose/mailer-registry.js';

/** A mail that is yet to be made: only its mailer, action and payload are known. */
export interface MailDelivery<Field extends string = never> {
  /**
   * Sends it to the `mailers` queue; a worker makes and delivers it, and tries again when that fails. The payload is read
   * inside this call.
   *
   * @param options as those of `JobsService.enqueue`: delay, at, queue, priority, unique, attempts, …
   */
  deliverLater(options?: EnqueueOptions<Field>): Promise<JobReceipt>;
  /**
   * Makes and delivers it now, in this process, once. Rejects when nobody got it; one that middleware has vetoed resolves,
   * with `vetoed: true`.
   */
  deliverNow(): Promise<MailReceipt>;
}

type AsJob<Action extends MailAction> = { perform: Action };

/** An action, ready to be called with its payload; or with many. */
export type MailerCall<Action extends MailAction> = ((
  ...payload: PayloadArguments<AsJob<Action>, []>
) => MailDelivery<FieldsOf<AsJob<Action>>>) & {
  /**
   * One mail for each payload, thousands in one go, as `JobsService.enqueueAll` does it. A generator may yield the same
   * object again and again.
   *
   * @example await mailers.for(NewsMailer).issue.deliverAllLater(readers.map(({ id }) => ({ readerId: id })));
   * @param options for all of them, or a function of payload and index
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` when not all were enqueued: `error.receipts` tells which were
   */
  deliverAllLater(
    payloads: Iterable<SafePayload<AsJob<Action>>>,
    options?: BulkEnqueueOptions<SafePayload<AsJob<Action>>, FieldsOf<AsJob<Action>>>,
  ): Promise<JobReceipt[]>;
};

/** A mailer's actions. */
export type MailerActions<M> = {
  readonly [Action in keyof M as M[Action] extends MailAction ? Action : never]: M[Action] extends MailAction
    ? MailerCall<M[Action]>
    : never;
};

/** Sends mails. Inject it into controllers and services. */
@Injectable()
export class MailersService {
  /** This application's own class of deliveries. */
  private readonly job: Type<DeliverMailJob>;

  constructor(
    private readonly jobs: JobsService,
    private readonly mailers: MailerRegistry,
    job: DeliverMailJob,
  ) {
    this.job = job.constructor as Type<DeliverMailJob>;
  }

  /**
   * @example await mailers.for(UserMailer).welcome({ userId }).deliverLater({ delay: '5m' });
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, from the action's call
   */
  for<M extends object>(mailer: Type<M>): MailerActions<M> {
    return new Proxy({} as MailerActions<M>, {
      get: (_, action) => {
        // Whatever awaits or prints this object asks for symbols and `then`.
        if (typeof action === 'symbol' || action === 'then') return undefined;
        return Object.assign((payload?: unknown) => this.delivery(mailer, action, payload), {
          deliverAllLater: (payloads: Iterable<unknown>, options?: BulkEnqueueOptions<unknown, string>) =>
            this.deliverAllLater(mailer, action, payloads, options),
        });
      },
    });
  }

  private delivery(mailerClass: Type, action: string, payload: unknown): MailDelivery<string> {
    const sealed = this.seal(mailerClass, action)(payload);
    return {
      deliverLater: (options = {}) => this.jobs.enqueue(this.job, sealed, forDeliveries(options)),
      deliverNow: () => this.deliverNow(sealed),
    };
  }

  private async deliverAllLater(
    mailerClass: Type,
    action: string,
    payloads: Iterable<unknown>,
    options: BulkEnqueueOptions<unknown, string> = {},
  ): Promise<JobReceipt[]> {
    const seal = this.seal(mailerClass, action);
    return this.jobs.enqueueAll(
      this.job,
      sealedAll(payloads, seal),
      typeof options === 'function'
        ? ({ payload }, index) => forDeliveries(options(payload, index))
        : forDeliveries(options),
    );
  }

  private async deliverNow(sealed: DeliverMailPayload): Promise<MailReceipt> {
    try {
      return await this.jobs.perform(this.job, sealed);
    } catch (thrown) {
      if (thrown instanceof MailVetoed) {
        const detail = `vetoed by ${thrown.by}`;
        return { messageId: thrown.messageId, accepted: [], rejected: [], detail, vetoed: true };
      }
      // Some got it, and there is no later attempt for the others: the receipt tells.
      if (thrown instanceof MailDeferred && thrown.receipt.accepted.length > 0) return thrown.receipt;
      throw thrown instanceof MailKept ? thrown.trouble : thrown;
    }
  }

  private seal(mailerClass: Type, action: string): (payload: unknown) => DeliverMailPayload {
    const mailer = this.mailers.requireAction(mailerClass, action);
    return (payload) => ({ mailer, action, ...(payload === undefined ? {} : { payload }) });
  }
}

function* sealedAll(
  payloads: Iterable<unknown>,
  seal: (payload: unknown) => DeliverMailPayload,
): Generator<DeliverMailPayload> {
  for (const payload of payloads) yield seal(payload);
}
