import { invalidOption } from '../../jobs/internals.js';
import { type EnqueueOptions, type UniqueOptions } from '../../jobs/index.js';
import type { DeliverMailPayload } from './deliver-mail.job.js';

/**
 * A caller's `unique` is about the payload of the mail; a delivery's own payload has that inside, beside its mailer and
 * action, which are always a part of what makes two mails the same.
 */
export function forDeliveries({ unique, ...others }: EnqueueOptions<string>): EnqueueOptions {
  return { ...others, ...(unique === undefined ? {} : { unique: unique && ofPayload(unique) }) };
}

function ofPayload(unique: UniqueOptions): UniqueOptions<never> {
  const { by } = unique;
  // The whole delivery; or a mistake, which is refused where all are.
  if (by === undefined || (Array.isArray(by) && by.length === 0)) return unique as UniqueOptions<never>;
  const pick = typeof by === 'function' ? by : fieldsOf(by);
  const picked = ({ mailer, action, payload }: DeliverMailPayload): unknown => [
    mailer,
    action,
    pick(payload),
  ];
  return { ...unique, by: picked };
}

function fieldsOf(fields: readonly string[]): (payload: unknown) => unknown {
  return (payload) =>
    fields.map((field) => {
      if (typeof payload === 'object' && payload !== null && Object.hasOwn(payload, field))
        return (payload as Record<string, unknown>)[field];
      throw invalidOption(
        `This mail is unique by "${field}", which its payload does not have, so that it would be the same as every other without it. Give it, or correct unique.by.`,
      );
    });
}
