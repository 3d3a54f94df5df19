import type { EnqueuedJob } from '../jobs/enqueue/enqueue-call.js';
import type { BulkEnqueueOptions, EnqueueOptions } from '../jobs/job/enqueue-options.js';
import type { FieldsOf, PayloadArguments, SafePayload } from '../jobs/job/job.js';
import type { JobReceipt } from '../jobs/job/receipt.js';
import { refuseUnknownOptions, unknownName } from '../jobs/values/did-you-mean.js';
import { FledgeError } from '../jobs/values/errors.js';
import { quotedName } from '../jobs/values/quoted.js';
import { deliveryJobName, deliveryQueue, mailSubjectOf } from '../mailers/enqueue/mail-request.js';
import type { MailAction } from '../mailers/mail/mailer.js';

export interface ClientMailerOptions {
  /** The actions of the mailer. An unknown action is refused here, and not only by the worker. @default not checked */
  readonly actions?: readonly string[];
}

/** A mailer class of the application, as `createJobsClient` takes it. */
export interface ClientMailer<M extends object> {
  readonly options: ClientMailerOptions;
  /** For the compiler only. It is never set. */
  readonly mailerClass?: () => M;
}

/**
 * Describes a mailer class of the application.
 *
 * @example mailer<UserMailer>() // with `import type { UserMailer } from '…'`
 */
export function mailer<M extends object = never>(
  options: ClientMailerOptions = {},
): ClientMailer<NoInfer<M>> {
  return { options };
}

/** A mail that is not enqueued yet. */
export interface ClientMail<Field extends string = never> {
  /** Adds the mail to the `mailers` queue. A worker makes and sends it. */
  deliverLater(options?: EnqueueOptions<Field>): Promise<JobReceipt>;
}

type AsJob<Action extends MailAction> = { perform: Action };

/** Calls an action with a payload, or with many payloads. */
export type ClientMailerCall<Action extends MailAction> = ((
  ...payload: PayloadArguments<AsJob<Action>, []>
) => ClientMail<FieldsOf<AsJob<Action>>>) & {
  /** Adds one mail for each payload to the queue, like `enqueueAll`. */
  deliverAllLater(
    payloads: Iterable<SafePayload<AsJob<Action>>>,
    options?: BulkEnqueueOptions<SafePayload<AsJob<Action>>, FieldsOf<AsJob<Action>>>,
  ): Promise<JobReceipt[]>;
};

/** The actions of a mailer. */
export type ClientMailerActions<M> = {
  readonly [Action in keyof M as M[Action] extends MailAction ? Action : never]: M[Action] extends MailAction
    ? ClientMailerCall<M[Action]>
    : never;
};

/** Every mail is a job of one class. Its retry options come from the application's `MailersModule`, in the worker. */
export const deliveryJob: EnqueuedJob = {
  name: deliveryJobName,
  queue: deliveryQueue,
  priority: undefined,
  unique: undefined,
  policy: { attempts: Infinity },
  subjects: { nameOf: mailSubjectOf },
  jobClass: undefined,
};

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function knownActions(name: string, options: ClientMailerOptions): readonly string[] | undefined {
  refuseUnknownOptions(options, { actions: true }, `mailer() of ${name}`);
  return options.actions;
}

/** @throws FledgeError `FLEDGE_MAILER_ACTION_UNKNOWN` */
export function requireAction(mailerName: string, action: string, actions?: readonly string[]): string {
  if (!actions || actions.includes(action)) return mailerName;
  throw new FledgeError(
    'FLEDGE_MAILER_ACTION_UNKNOWN',
    `${unknownName('action', action, actions, mailerName, quotedName(action))} If the mailer has this action, add it to the actions of mailer() in createJobsClient, or write the manifest again.`,
  );
}
