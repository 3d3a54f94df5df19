import { Inject, Injectable } from '@nestjs/common';
import { checkMeta, type Envelope } from './envelope.js';
import { asError } from './errors.js';
import { JobEvents } from './events.js';
import { compose } from './middleware.js';
import { MiddlewareChain } from './middleware-chain.js';
import { JOBS_OPTIONS, type EnqueueCall, type ResolvedJobsOptions } from './options.js';
import { checkPayload } from './values/json-check.js';
import { unlimited } from './policy.js';
import type { JobReceipt } from './receipt.js';
import { JobRegistry } from './registry.js';
import { lockOf } from './unique.js';
import { Store, type NewJob } from './store.js';

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

  /** Sends a call through middleware into the store. Never throws: what went wrong is in the receipt. */
  async send(call: EnqueueCall): Promise<JobReceipt> {
    const links = await this.middleware.aroundEnqueue();
    if (links.length === 0) return this.add(call);
    let added: Promise<JobReceipt> | undefined;
    const run = compose(links, (call) => (added ??= this.add(call)));
    try {
      // Vetoed is only what never came to `next()`, whatever the middleware returns.
      return (await run(call)) ?? (await added) ?? this.veto(call);
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /** The innermost of the chain. */
  private async add(call: EnqueueCall): Promise<JobReceipt> {
    try {
      return receiptOf(call, await this.store.add(this.seal(call)));
    } catch (thrown) {
      return receiptOf(call, { status: 'failed', error: asError(thrown) });
    }
  }

  /** What goes into the store; checked here, since middleware may have changed the call. */
  private seal(call: EnqueueCall): NewJob {
    const { id, repeated, name, queue, payload, delay, priority, meta, policy } = call;
    this.registry.requireQueue(queue, `The enqueue of ${name}`);
    checkMeta(name, meta);
    const size = checkPayload(name, payload, this.options.payloadLimit);
    if (size > this.options.payloadLimit.warn) this.warnAboutSize(name, size);
    const unique = call.unique && lockOf(call.unique, name, payload, delay);
    const envelope: Envelope = {
      v: 1,
      ...(payload === undefined ? {} : { payload }),
      ...(Object.keys(meta).length === 0 ? {} : { meta }),
      ...(policy && { call: policy }),
      ...(unique && { unique: unique.until }),
    };
    const attempts = Math.min(call.attempts, unlimited);
    return { id, repeated, name, queue, envelope, delay, priority, attempts, unique };
  }

  private veto(call: EnqueueCall): JobReceipt {
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

/** A receipt for a call. */
export function receiptOf(
  { id, name, queue }: EnqueueCall,
  result: Pick<JobReceipt, 'status' | 'error' | 'duplicateOf'>,
): JobReceipt {
  return { id, name, queue, ...result };
}
