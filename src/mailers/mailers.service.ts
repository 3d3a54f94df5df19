import { Injectable, type Type } from '@nestjs/common';
import { JobsService, type EnqueueOptions, type JobReceipt, type PayloadArguments } from '../jobs/index.js';
import { DeliverMailJob, type DeliverMailPayload } from './deliver-mail.job.js';
import type { MailReceipt } from './mail-transport.js';
import type { MailAction } from './mailer.js';
import { MailerRegistry } from './mailer-registry.js';

/** A mail that is yet to be made: only its mailer, action and payload are known. */
export interface MailDelivery {
  /** Sends it to the `mailers` queue; a worker makes and delivers it, and tries again when that fails. */
  deliverLater(options?: EnqueueOptions): Promise<JobReceipt>;
  /** Makes and delivers it now, in this process, once. Rejects when that fails. */
  deliverNow(): Promise<MailReceipt>;
}

/** A mailer's actions, each taking its payload and giving back a delivery. */
export type MailerActions<M> = {
  readonly [Action in keyof M as M[Action] extends MailAction ? Action : never]: M[Action] extends MailAction
    ? (...payload: PayloadArguments<{ perform: M[Action] }, []>) => MailDelivery
    : never;
};

/** Sends mails. Inject it into controllers and services. */
@Injectable()
export class MailersService {
  constructor(
    private readonly jobs: JobsService,
    private readonly mailers: MailerRegistry,
  ) {}

  /**
   * @example await mailers.for(UserMailer).welcome({ userId }).deliverLater({ delay: '5m' });
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, from the action's call
   */
  for<M extends object>(mailer: Type<M>): MailerActions<M> {
    return new Proxy({} as MailerActions<M>, {
      get: (_, action) => {
        // Whatever awaits or prints this object asks for symbols and `then`.
        if (typeof action === 'symbol' || action === 'then') return undefined;
        return (payload?: unknown) => this.delivery(mailer, action, payload);
      },
    });
  }

  private delivery(mailerClass: Type, action: string, payload: unknown): MailDelivery {
    const mailer = this.mailers.requireAction(mailerClass, action);
    const sealed: DeliverMailPayload = { mailer, action, ...(payload === undefined ? {} : { payload }) };
    return {
      deliverLater: (options) => this.jobs.enqueue(DeliverMailJob, sealed, options),
      deliverNow: () => this.jobs.perform(DeliverMailJob, sealed),
    };
  }
}
