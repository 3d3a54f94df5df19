import { Inject, Injectable, type Type } from '@nestjs/common';
import { checkMeta, type Envelope } from '../store/envelope.js';
import { asError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { compose } from '../values/middleware.js';
import { MiddlewareChain } from '../discovery/middleware-chain.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import type { EnqueueCall } from '../job/calls.js';
import type { EnqueueOptions } from '../job/enqueue-options.js';
import type { Performable } from '../job/job.js';
import { checkPayload, type CheckedJson } from '../values/json/json-check.js';
import { unlimited } from '../job/retry/policy.js';
import type { JobReceipt } from '../job/receipt.js';
import { JobRegistry } from '../discovery/registry.js';
import { titleOf } from '../job/subjects.js';
import { lockOf } from '../job/unique.js';
import { ReminderTimes } from '../values/reminder-times.js';
import { Store, type NewJob } from '../store/store.js';
import { callFieldsOf, receiptOf, type CallFields, type SealedCall } from './enqueue-call.js';

/** Sends a job through enqueue middleware into the store. */
@Injectable()
export class Enqueuer {
  /** One warning a minute is enough for all jobs of a class. */
  private readonly large = new ReminderTimes<string>();

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /**
   * Resolves the options and reads the payload. Callers do this before their first await, so that the application may
   * change the payload's object afterwards.
   *
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_OPTION_INVALID`
   */
  seal(job: Type<Performable>, payload: unknown, options: EnqueueOptions<string>): SealedCall {
    const fields = callFieldsOf(this.registry.definitionOf(job), payload, options);
    try {
      return { fields, payload: checkPayload(fields, payload, this.options.payloadLimit) };
    } catch (thrown) {
      return { fields, payload: asError(thrown) };
    }
  }

  /** Sends a call through middleware into the store. Never throws: a failure is in the receipt. */
  async send({ fields, payload }: SealedCall): Promise<JobReceipt> {
    if (payload instanceof Error) return receiptOf(fields, { status: 'failed', error: payload });
    const links = await this.middleware.aroundEnqueue();
    if (links.length === 0) return this.add(fields, payload);
    const { call, touched } = openCall(fields, payload);
    let added: Promise<JobReceipt> | undefined;
    const run = compose(links, () => (added ??= this.add(call, payload, touched())));
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
  private async add(call: CallFields, sealed: CheckedJson, touched?: Touched): Promise<JobReceipt> {
    try {
      const payload = touched ? checkPayload(call, touched.payload, this.options.payloadLimit) : sealed;
      return receiptOf(call, await this.store.add(this.newJob(call, sealed, payload)));
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /**
   * @param sealed the payload that the caller passed; the key of a unique job comes from it
   * @param payload the payload to store
   */
  private newJob(call: CallFields, sealed: CheckedJson, payload: CheckedJson): NewJob {
    const { id, repeated, name, queue, delay, priority, meta, policy } = call;
    const title = titleOf(call);
    this.registry.requireQueue(queue, `The enqueue of ${title}`);
    checkMeta(title, meta);
    if (payload.size > this.options.payloadLimit.warn) this.warnAboutSize(title, payload.size);
    const unique = call.unique && lockOf(call.unique, name, sealed, delay);
    const subject = this.subjectOf(call, payload);
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

  /** Middleware may have changed the mail, or encrypted the payload so that only the call names the mail. */
  private subjectOf({ job, subject }: CallFields, { value }: CheckedJson): string | undefined {
    if (subject === undefined) return undefined;
    return this.registry.definitionOf(job).subjects?.nameOf(value) ?? subject;
  }

  private veto(call: CallFields): JobReceipt {
    const { id, name, queue, subject } = call;
    this.events.emit({ type: 'vetoed', id, name, queue, subject });
    return receiptOf(call, { status: 'vetoed' });
  }

  private warnAboutSize(name: string, size: number): void {
    if (!this.large.isDue(name)) return;
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_PAYLOAD_LARGE',
      message: `${name} was enqueued with a payload of ${size} bytes. Payloads are kept in the store's memory. Store the data elsewhere and send its id.`,
    });
  }
}

/** A payload that middleware has read or assigned. */
interface Touched {
  payload: unknown;
}

/** Adds the payload to a call, for middleware. Middleware gets its own copy, which is made when it first reads the payload. */
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
  // TypeScript does not see a property that `defineProperty` adds.
  return { call: call as EnqueueCall, touched: () => touched };
}
