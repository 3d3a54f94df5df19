import { checkMeta, type Envelope } from '../store/envelope.js';
import { asError } from '../values/errors.js';
import type { JobEvents } from '../events/events.js';
import { compose } from '../values/middleware.js';
import type { MiddlewareChain } from '../discovery/middleware-chain.js';
import type { ResolvedJobsOptions } from '../config/resolved-options.js';
import type { EnqueueCall } from '../job/calls.js';
import type { EnqueueOptions } from '../job/enqueue-options.js';
import { checkPayload, type CheckedJson } from '../values/json/json-check.js';
import { unlimited } from '../job/retry/policy.js';
import type { JobReceipt } from '../job/receipt.js';
import { titleOf } from '../job/subjects.js';
import { lockOf } from '../job/unique.js';
import { ReminderTimes } from '../values/reminder-times.js';
import type { NewJob, Store } from '../store/store.js';
import {
  callFieldsOf,
  receiptOf,
  wasAdded,
  type CallFields,
  type EnqueuedJob,
  type SealedCall,
} from './enqueue-call.js';

/** What an `Enqueuer` works with. In an application, its parts come from Nest. */
export interface EnqueuerParts extends Pick<ResolvedJobsOptions, 'payloadLimit'> {
  /** @throws FledgeError `FLEDGE_QUEUE_UNDECLARED` */
  requireQueue(queue: string, who: string): unknown;
  /** Returns the middleware that wraps the enqueue. */
  aroundEnqueue: MiddlewareChain['aroundEnqueue'];
  readonly store: Pick<Store, 'add'>;
  readonly events: Pick<JobEvents, 'emit'>;
}

/** Sends a job through enqueue middleware into the store. It knows nothing of Nest, so that processes without Nest use it too. */
export class Enqueuer {
  /** One warning a minute is enough for all jobs of a class. */
  private readonly large = new ReminderTimes<string>();

  constructor(private readonly parts: EnqueuerParts) {}

  /**
   * Enqueues one job.
   * @throws FledgeError the errors of `seal`, and what kept the job from being enqueued
   */
  async enqueue(job: EnqueuedJob, payload: unknown, options: EnqueueOptions<string>): Promise<JobReceipt> {
    const call = this.seal(job, payload, options);
    const receipt = await this.send(call);
    if (receipt.error) throw receipt.error;
    this.report(call.fields, receipt);
    return receipt;
  }

  /**
   * Resolves the options and reads the payload. Callers do this before their first await, so that the application may
   * change the payload's object afterwards.
   *
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  seal(definition: EnqueuedJob, payload: unknown, options: EnqueueOptions<string>): SealedCall {
    const fields = callFieldsOf(definition, payload, options);
    try {
      return { definition, fields, payload: checkPayload(fields, payload, this.parts.payloadLimit) };
    } catch (thrown) {
      return { definition, fields, payload: asError(thrown) };
    }
  }

  /** Sends a call through middleware into the store. Never throws: a failure is in the receipt. */
  async send({ definition, fields, payload }: SealedCall): Promise<JobReceipt> {
    if (payload instanceof Error) return receiptOf(fields, { status: 'failed', error: payload });
    const links = await this.parts.aroundEnqueue();
    if (links.length === 0) return this.add(definition, fields, payload);
    const { call, touched } = openCall(definition, fields, payload);
    let added: Promise<JobReceipt> | undefined;
    const run = compose(links, () => (added ??= this.add(definition, call, payload, touched())));
    try {
      // Only a job for which no middleware called `next()` is vetoed, whatever the middleware returned.
      return (await run(call)) ?? (await added) ?? this.veto(call);
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /**
   * The innermost step of the middleware chain.
   *
   * @param sealed the payload that the caller passed
   * @param touched the payload that middleware has read or assigned, if it has
   */
  private async add(
    definition: EnqueuedJob,
    call: CallFields,
    sealed: CheckedJson,
    touched?: Touched,
  ): Promise<JobReceipt> {
    try {
      const payload = touched ? checkPayload(call, touched.payload, this.parts.payloadLimit) : sealed;
      return receiptOf(call, await this.parts.store.add(this.newJob(definition, call, sealed, payload)));
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /**
   * @param sealed the payload that the caller passed; the key of a unique job comes from it
   * @param payload the payload to store
   */
  private newJob(
    definition: EnqueuedJob,
    call: CallFields,
    sealed: CheckedJson,
    payload: CheckedJson,
  ): NewJob {
    const { id, repeated, name, queue, delay, priority, meta, policy } = call;
    const title = titleOf(call);
    this.parts.requireQueue(queue, `The enqueue of ${title}`);
    checkMeta(title, meta);
    if (payload.size > this.parts.payloadLimit.warn) this.warnAboutSize(title, payload.size);
    const unique = call.unique && lockOf(call.unique, name, sealed, delay);
    const subject = subjectOf(definition, call, payload);
    const envelope: Envelope = {
      v: 1,
      ...(payload.value === undefined ? {} : { payload: payload.value }),
      ...(subject !== undefined && { subject }),
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

  private report({ subject, delay }: CallFields, receipt: JobReceipt): void {
    const { id, name, queue, status, duplicateOf } = receipt;
    const { events } = this.parts;
    if (wasAdded(receipt)) events.emit({ type: 'enqueued', id, name, queue, subject, delay });
    if (duplicateOf === undefined) return;
    const type = status === 'replaced' ? 'replaced' : 'duplicate';
    events.emit({ type, id, name, queue, subject, duplicateOf });
  }

  private veto(call: CallFields): JobReceipt {
    const { id, name, queue, subject } = call;
    this.parts.events.emit({ type: 'vetoed', id, name, queue, subject });
    return receiptOf(call, { status: 'vetoed' });
  }

  private warnAboutSize(name: string, size: number): void {
    if (!this.large.isDue(name)) return;
    this.parts.events.emit({
      type: 'warning',
      code: 'FLEDGE_PAYLOAD_LARGE',
      message: `${name} was enqueued with a payload of ${size} bytes. Payloads are kept in the store's memory. Store the data elsewhere and send its id.`,
    });
  }
}

/** Middleware may have changed the mail, or encrypted the payload so that only the call names the mail. */
function subjectOf(
  { subjects }: EnqueuedJob,
  { subject }: CallFields,
  { value }: CheckedJson,
): string | undefined {
  return subject === undefined ? undefined : (subjects?.nameOf(value) ?? subject);
}

/** A payload that middleware has read or assigned. */
interface Touched {
  payload: unknown;
}

/** Adds the class and the payload to a call, for middleware. Middleware gets its own copy, which is made when it first reads the payload. */
function openCall(
  { jobClass: job }: EnqueuedJob,
  fields: CallFields,
  { text }: CheckedJson,
): { readonly call: EnqueueCall; readonly touched: () => Touched | undefined } {
  let touched: Touched | undefined;
  const call = Object.defineProperty(Object.assign(fields, { job }), 'payload', {
    enumerable: true,
    get: (): unknown => {
      touched ??= { payload: text === undefined ? undefined : JSON.parse(text) };
      return touched.payload;
    },
    set: (payload: unknown) => {
      touched = { payload };
    },
  });
  // TypeScript does not see a property that `defineProperty` adds.
  return { call: call as EnqueueCall, touched: () => touched };
}
