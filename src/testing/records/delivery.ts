import { deliveryJobName } from '../../mailers/internals.js';

/** The payload of the job that delivers a mail. */
export interface Delivery {
  readonly mailer: string;
  readonly action: string;
  readonly payload: unknown;
}

interface JobWithPayload {
  readonly name: string;
  readonly payload: unknown;
}

/** Returns the mail that a job delivers, or undefined for any other job. */
export function deliveryOf({ name, payload }: JobWithPayload): Delivery | undefined {
  return name === deliveryJobName && isDelivery(payload) ? payload : undefined;
}

/** A mail without a payload has no such property. */
function isDelivery(value: unknown): value is Delivery {
  return (
    typeof value === 'object' &&
    value !== null &&
    'mailer' in value &&
    typeof value.mailer === 'string' &&
    'action' in value &&
    typeof value.action === 'string'
  );
}
