import { Inject, Injectable } from '@nestjs/common';
import { checkMeta, type Envelope } from '../store/envelope.js';
import { asError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { compose } from '../values/middleware.js';
import { MiddlewareChain } from '../discovery/middleware-chain.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import type { EnqueueCall } from '../job/calls.js';
import { checkPayload, type CheckedJson } from '../values/json/json-check.js';
import { unlimited } from '../job/retry/policy.js';
import type { JobReceipt } from '../job/receipt.js';
import { JobRegistry } from '../discovery/registry.js';
import { lockOf } from '../job/unique.js';
import { Store, type NewJob } from '../store/store.js';

/** All of a call but its payload. */
export type CallFields = Omit<EnqueueCall, 'payload'>;

/** A call whose payload has been read, and will not be read again. */
export interface SealedCall {
  readonly fields: CallFields;
  /** What the caller gave, or why it cannot be enqueued. */
  readonly given: CheckedJson | Error;
}

/** The way of a job through enqueue middleware into the store. */
@Injectable()
export class JobSender {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /** Reads the payload. Callers do this before they wait for anything: afterwards the object is the application's again. */
  seal(fields: CallFields, payload: unknown): SealedCall {
    try {
      return { fields, given: checkPayload(fields.name, payload, this.options.payloadLimit) };
    } catch (thrown) {
      return { fields, given: asError(thrown) };
    }
  }

  /** Sends a call through middleware into the store. Never throws: what went wrong is in the receipt. */
  async send({ fields, given }: SealedCall): Promise<JobReceipt> {
    if (given instanceof Error) return receiptOf(fields, { status: 'failed', error: given });
    const links = await this.middleware.aroundEnqueue();
    if (links.length === 0) return this.add(fields, given);
    const { call, touched } = openCall(fields, given);
    let added: Promise<JobReceipt> | undefined;
    const run = compose(links, () => (added ??= this.add(call, given, touched())));
    try {
      // Vetoed is only what never came to `next()`, whatever the middleware returns.
      return (await run(call)) ?? (await added) ?? this.veto(call);
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /**
   * The innermost of the chain.
   *
   * @param touched undefined when no middleware has read or assigned the payload
   */
  private async add(call: CallFields, given: CheckedJson, touched?: Touched): Promise<JobReceipt> {
    try {
      const payload = touched ? checkPayload(call.name, touched.payload, this.options.payloadLimit) : given;
      return receiptOf(call, await this.store.add(this.newJob(call, given, payload)));
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /**
   * @param given what the caller gave, of which the lock is made
   * @param payload what is stored
   */
  private newJob(call: CallFields, given: CheckedJson, payload: CheckedJson): NewJob {
    const { id, repeated, name, queue, delay, priority, meta, policy } = call;
    this.registry.requireQueue(queue, `The enqueue of ${name}`);
    checkMeta(name, meta);
    if (payload.size > this.options.payloadLimit.warn) this.warnAboutSize(name, payload.size);
    const unique = call.unique && lockOf(call.unique, name, given, delay);
    const envelope: Envelope = {
      v: 1,
      ...(payload.value === undefined ? {} : { payload: payload.value }),
      ...(Object.keys(meta).length === 0 ? {} : { meta: { ...meta } }),
      ...(policy && { call: policy }),
      ...(unique && { unique: unique.until }),
    };
    const attempts = Math.min(call.attempts, unlimited);
    return {
      id,
      repeated,
      name,
      queue,
      envelope,
      payloadText: payload.text,
      delay,
      priority,
      attempts,
      unique,
    };
  }

  private veto(call: CallFields): JobReceipt {
    this.events.emit({ type: 'vetoed', id: call.id, name: call.name, queue: call.queue });
    return receiptOf(call, { status: 'vetoed' });
  }

  private warnAboutSize(name: string, size: number): void {
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_PAYLOAD_LARGE',
      message: `${name} was enqueued with a payload of ${size} bytes. Payloads live in the store's memory: store the data and send its id.`,
    });
  }
}

/** A payload that middleware has read or assigned. */
interface Touched {
  payload: unknown;
}

/** Shows a call to middleware: with its own copy of the payload, which is made when middleware first reads it. */
function openCall(
  fields: CallFields,
  { text }: CheckedJson,
): { readonly call: EnqueueCall; readonly touched: () => Touched | undefined } {
  let touched: Touched | undefined;
  const call = Object.defineProperty(fields, 'payload', {
    enumerable: true,
    get: (): unknown => {
      touched ??= { payload: text === undefined ? undefined : JSON.parse(text) };
      return touched.payload;
    },
    set: (payload: unknown) => {
      touched = { payload };
    },
  });
  return { call: call as EnqueueCall, touched: () => touched };
}

/** A receipt for a call. */
export function receiptOf(
  { id, name, queue }: CallFields,
  result: Pick<JobReceipt, 'status' | 'error' | 'duplicateOf'>,
): JobReceipt {
  return { id, name, queue, ...result };
}
