import type { BulkEnqueueOptions } from '../../jobs/job/enqueue-options.js';
import { forDeliveries } from './delivery-uniqueness.js';
import type { DeliverMailPayload } from './mail-request.js';

/** What the calls of a mailer's actions lead to. */
export interface MailCalls<Delivery, Receipts> {
  /** Returns the stored name of the mailer. Throws if it does not have this action. */
  requireAction(action: string): string;
  deliver(request: DeliverMailPayload): Delivery;
  deliverAll(
    requests: Iterable<DeliverMailPayload>,
    options: BulkEnqueueOptions<DeliverMailPayload, never>,
  ): Receipts;
}

/** Returns an object whose methods are the actions of a mailer. It reads no mailer class, because there may be none in this process. */
export function mailActions<Actions extends object>(calls: MailCalls<unknown, unknown>): Actions {
  return new Proxy({} as Actions, {
    get: (_, action) => {
      // `await` and `console.log` read symbols and `then`.
      if (typeof action === 'symbol' || action === 'then') return undefined;
      return Object.assign((payload?: unknown) => calls.deliver(requestFor(calls, action)(payload)), {
        deliverAllLater: async (
          payloads: Iterable<unknown>,
          options: BulkEnqueueOptions<unknown, string> = {},
        ) => calls.deliverAll(requestsFor(payloads, requestFor(calls, action)), forAll(options)),
      });
    },
  });
}

function requestFor(
  calls: Pick<MailCalls<unknown, unknown>, 'requireAction'>,
  action: string,
): (payload: unknown) => DeliverMailPayload {
  const mailer = calls.requireAction(action);
  return (payload) => ({ mailer, action, ...(payload === undefined ? {} : { payload }) });
}

function* requestsFor(
  payloads: Iterable<unknown>,
  request: (payload: unknown) => DeliverMailPayload,
): Generator<DeliverMailPayload> {
  for (const payload of payloads) yield request(payload);
}

function forAll(options: BulkEnqueueOptions<unknown, string>): BulkEnqueueOptions<DeliverMailPayload, never> {
  return typeof options === 'function'
    ? ({ payload }, index) => forDeliveries(options(payload, index))
    : forDeliveries(options);
}
