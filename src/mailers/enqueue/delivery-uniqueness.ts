import type { EnqueueOptions } from '../../jobs/job/enqueue-options.js';
import type { UniqueOptions } from '../../jobs/job/unique.js';
import { invalidOption } from '../../jobs/values/errors.js';
import { isObject } from '../../jobs/values/readers.js';
import type { DeliverMailPayload } from './mail-request.js';

/**
 * Converts the options of a call to the options of its delivery job. The caller's `unique` is about the payload of the mail, which is
 * one field of the delivery's payload. The mailer and the action are always part of the unique key.
 */
export function forDeliveries({ unique, ...others }: EnqueueOptions<string>): EnqueueOptions {
  return {
    ...others,
    ...(unique === undefined ? {} : { unique: typeof unique === 'object' ? ofPayload(unique) : unique }),
  };
}

function ofPayload(unique: UniqueOptions): UniqueOptions<never> {
  const { by, ...others } = unique;
  // By default the whole payload of the delivery is the key.
  if (by === undefined) return others;
  // `enqueue` refuses an empty list.
  if (Array.isArray(by) && by.length === 0) return { ...others, by: [] };
  const pick = typeof by === 'function' ? by : fieldsOf(by);
  const picked = ({ mailer, action, payload }: DeliverMailPayload): unknown => [
    mailer,
    action,
    pick(payload),
  ];
  return { ...others, by: picked };
}

function fieldsOf(fields: readonly string[]): (payload: unknown) => unknown {
  return (payload) =>
    fields.map((field) => {
      if (isObject(payload) && Object.hasOwn(payload, field)) return payload[field];
      throw invalidOption(
        `The payload of this mail has no field "${field}", which unique.by names. All mails without it would have the same key. Add the field, or correct unique.by.`,
      );
    });
}
