import { isObject } from '../../jobs/values/readers.js';

/** The name that is stored with every delivery. */
export const deliveryJobName = 'DeliverMail';

/** The queue of deliveries, unless a call names another one. */
export const deliveryQueue = 'mailers';

/** The most characters of a mailer's or an action's name. */
export const longestReference = 255;

/** The stored payload of a delivery. The worker makes the mail from it. */
export interface DeliverMailPayload {
  readonly mailer: string;
  readonly action: string;
  readonly payload?: unknown;
}

/** Returns the mailer and action of a delivery, such as `UserMailer.welcome`. The payload comes from the store, and may be anything. */
export function mailSubjectOf(payload: unknown): string | undefined {
  if (!isObject(payload)) return undefined;
  const { mailer, action } = payload;
  return isName(mailer) && isName(action) ? `${mailer}.${action}` : undefined;
}

/** Returns the payload of the delivery of a mail such as `UserMailer.welcome`. The action is the part after the last dot. */
export function mailRequestOf(subject: string, payload: unknown): DeliverMailPayload {
  const dot = subject.lastIndexOf('.');
  return {
    mailer: subject.slice(0, Math.max(0, dot)),
    action: subject.slice(dot + 1),
    ...(payload === undefined ? {} : { payload }),
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestReference;
}
