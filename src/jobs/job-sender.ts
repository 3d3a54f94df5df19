import { Inject, Injectable } from '@nestjs/common';
import { AddBatch } from './add-batch.js';
import type { Envelope } from './envelope.js';
import { asError } from './errors.js';
import { JobEvents } from './events.js';
import { compose, type Middleware } from './middleware.js';
import { MiddlewareChain } from './middleware-chain.js';
import { JOBS_OPTIONS, type EnqueueCall, type ResolvedJobsOptions } from './options.js';
import { checkPayload } from './payload.js';
import type { JobReceipt } from './receipt.js';
import { JobRegistry } from './registry.js';
import { Store, type NewJob } from './store.js';

type EnqueueLink = Middleware<EnqueueCall, JobReceipt | void>;

/** The way of a job, or a slice of them, through enqueue middleware into the store. */
@Injectable()
export class JobSender {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /** Sends every call through middleware; those that come out are added together. */
  async send(calls: readonly EnqueueCall[]): Promise<JobReceipt[]> {
    const links = await this.middleware.aroundEnqueue();
    // Most applications have none, and then nothing of the gathering is needed.
    return links.length === 0 ? this.sendDirectly(calls) : this.sendThrough(links, calls);
  }

  private async sendDirectly(calls: readonly EnqueueCall[]): Promise<JobReceipt[]> {
    const jobs: NewJob[] = [];
    const refused = calls.map((call) => {
      try {
        jobs.push(this.seal(call));
        return undefined;
      } catch (thrown) {
        return receiptOf(call, { status: 'failed', error: asError(thrown) });
      }
    });
    const results = (await this.store.add(jobs)).values();
    return calls.map((call, i) => refused[i] ?? receiptOf(call, results.next().value!));
  }

  private async sendThrough(
    links: readonly EnqueueLink[],
    calls: readonly EnqueueCall[],
  ): Promise<JobReceipt[]> {
    const batch = new AddBatch(calls.length, (jobs) => this.store.add(jobs));
    const joined = new Set<EnqueueCall>();
    const run = compose(links, async (call) => {
      if (joined.has(call)) throw new Error(`Enqueue middleware of ${call.name} called next() twice.`);
      const job = this.seal(call);
      joined.add(call);
      return receiptOf(call, await batch.join(job));
    });
    return Promise.all(
      calls.map(async (call) => {
        try {
          return (await run(call)) ?? this.veto(call);
        } catch (thrown) {
          return receiptOf(call, { status: 'failed', error: asError(thrown) });
        } finally {
          if (!joined.has(call)) batch.leave();
        }
      }),
    );
  }

  /** What goes into the store; checked here, since middleware may have changed the call. */
  private seal({ id, repeated, name, queue, payload, delay, priority, attempts, meta }: EnqueueCall): NewJob {
    this.registry.requireQueue(queue, `The enqueue of ${name}`);
    const size = checkPayload(name, payload, this.options.payloadLimit);
    if (size > this.options.payloadLimit.warn) this.warnAboutSize(name, size);
    const envelope: Envelope = {
      v: 1,
      ...(payload === undefined ? {} : { payload }),
      ...(Object.keys(meta).length === 0 ? {} : { meta }),
    };
    return { id, repeated, name, queue, envelope, delay, priority, attempts };
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
