import { Inject, Injectable, type Type } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import { AddBatch } from './add-batch.js';
import { Attempt } from './attempt.js';
import { toMilliseconds, type Duration } from './duration.js';
import type { Envelope } from './envelope.js';
import { asError, FledgeError } from './errors.js';
import { JobEvents } from './events.js';
import { Executor } from './executor.js';
import type { PayloadArguments, Performable, ResultOf, SafePayload } from './job.js';
import { compose } from './middleware.js';
import { MiddlewareChain } from './middleware-chain.js';
import { JOBS_OPTIONS, positiveInteger, type EnqueueCall, type ResolvedJobsOptions } from './options.js';
import { checkPayload } from './payload.js';
import type { JobReceipt } from './receipt.js';
import { JobRegistry } from './registry.js';
import { Store, type NewJob } from './store.js';

/** What one call may say; whatever it leaves out is as the job's `@Job()` says. */
export interface EnqueueOptions {
  /** Run it this much later: milliseconds, `'90s'`, `'10m'`, `'2d'`. @default at once */
  readonly delay?: Duration;
  /** Run it at this time: a Date, or milliseconds since 1970. A time that has passed means at once. @default at once */
  readonly at?: Date | number;
  /** Another declared queue than the job's own. */
  readonly queue?: string;
  /** 1 is first, 2,097,152 last; jobs without a priority come before all that have one. */
  readonly priority?: number;
  /** How often it is tried in all; 1 or more. */
  readonly attempts?: number;
}

/** Options for all jobs of an `enqueueAll`, or a function that gives each its own. */
export type BulkEnqueueOptions<Payload> =
  EnqueueOptions | ((payload: Payload, index: number) => EnqueueOptions);

/** Some jobs of an `enqueueAll` were not enqueued; `receipts` has one for each payload, in order. */
export class BulkEnqueueError extends FledgeError {
  constructor(
    message: string,
    readonly receipts: readonly JobReceipt[],
    cause: Error,
  ) {
    super('FLEDGE_BULK_INCOMPLETE', message, { cause });
  }

  /** As for the failure underneath. */
  override get unavailable(): boolean {
    return this.cause instanceof FledgeError && this.cause.unavailable;
  }
}

const sliceSize = 500;
const maxPriority = 2_097_152;

/** Sends jobs. Inject it wherever a request should stop waiting. */
@Injectable()
export class JobsService {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly executor: Executor,
    private readonly middleware: MiddlewareChain,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /**
   * Sends a job to its queue. Resolves when the store has it, within two seconds or with an error.
   *
   * @example await jobs.enqueue(ImportCsvJob, { fileId }, { delay: '10m' });
   * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`, and a `FLEDGE_STORE_…` (with `unavailable` true) when the store
   * did not take it
   */
  async enqueue<J extends Performable>(
    job: Type<J>,
    ...[payload, options]: PayloadArguments<J, [options?: EnqueueOptions]>
  ): Promise<JobReceipt> {
    const call = this.prepare(job, payload, options ?? {});
    const [receipt] = await this.send([call]);
    if (receipt!.error) throw receipt!.error;
    if (receipt!.status === 'enqueued') {
      const { id, name, queue } = receipt!;
      this.events.emit({ type: 'enqueued', id, name, queue, delay: call.delay });
    }
    return receipt!;
  }

  /**
   * Sends one job for each payload, tens of thousands if need be: in pipelined slices of 500, so that memory stays
   * bounded when `payloads` is a generator.
   *
   * @returns a receipt for each payload, in order
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` when not all were enqueued: `error.receipts` tells which were. A
   * payload that is no JSON fails alone; once the store fails, the rest is not tried.
   */
  async enqueueAll<J extends Performable>(
    job: Type<J>,
    payloads: Iterable<SafePayload<J>>,
    options: BulkEnqueueOptions<SafePayload<J>> = {},
  ): Promise<JobReceipt[]> {
    const receipts: JobReceipt[] = [];
    let storeFailure: Error | undefined;
    for (const slice of slices(payloads, sliceSize)) {
      const offset = receipts.length;
      const calls = slice.map((payload, i) =>
        this.prepare(job, payload, typeof options === 'function' ? options(payload, offset + i) : options),
      );
      const error = storeFailure;
      const sent = error
        ? calls.map((call) => receiptOf(call, { status: 'failed', error }))
        : await this.send(calls);
      storeFailure ??= sent.find((receipt) => isUnavailable(receipt.error))?.error;
      receipts.push(...sent);
    }
    this.reportBulk(receipts);
    return receipts;
  }

  /**
   * Runs a job once, now, in this process, with its middleware and through the same executor as a worker; no retry.
   *
   * @returns what `perform` returns
   * @throws what `perform` throws; FledgeError `FLEDGE_PAYLOAD_INVALID` and the like
   */
  async perform<J extends Performable>(
    job: Type<J>,
    ...[payload]: PayloadArguments<J, []>
  ): Promise<ResultOf<J>> {
    const { id, name, queue } = this.prepare(job, payload, {});
    checkPayload(name, payload, this.options.payloadLimit);
    // Through JSON, so that a job cannot come to rely on what a queue would not carry.
    const data: unknown = JSON.parse(JSON.stringify({ v: 1, payload }));
    const nothing = async (): Promise<void> => undefined;
    const fields = {
      id,
      name,
      queue,
      data,
      attempt: 1,
      attempts: 1,
      crashes: 0,
      log: nothing,
      progress: nothing,
    };
    const outcome = await this.executor.execute(new Attempt(fields));
    if (outcome.kind === 'completed') return outcome.result as ResultOf<J>;
    if (outcome.kind === 'failed' || outcome.kind === 'killed') throw outcome.error;
    throw new Error(`${name} ended as ${outcome.kind}`);
  }

  private prepare(job: Type<Performable>, payload: unknown, options: EnqueueOptions): EnqueueCall {
    const definition = this.registry.definitionOf(job);
    return {
      job,
      id: uuid(),
      name: definition.name,
      queue: options.queue ?? definition.queue,
      payload,
      delay: delayOf(options),
      priority: priorityOf(options.priority ?? definition.priority),
      attempts: positiveInteger(options.attempts ?? definition.attempts, 'attempts'),
      meta: {},
    };
  }

  /** Runs every call's middleware; those that come through are added together. */
  private async send(calls: readonly EnqueueCall[]): Promise<JobReceipt[]> {
    const batch = new AddBatch(calls.length, (jobs) => this.store.add(jobs));
    const joined = new Set<EnqueueCall>();
    const run = compose<EnqueueCall, JobReceipt | void>(
      await this.middleware.aroundEnqueue(),
      async (call) => {
        if (joined.has(call)) throw new Error(`Enqueue middleware of ${call.name} called next() twice.`);
        const job = this.seal(call);
        joined.add(call);
        return receiptOf(call, await batch.join(job));
      },
    );
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
  private seal({ id, name, queue, payload, delay, priority, attempts, meta }: EnqueueCall): NewJob {
    this.registry.requireQueue(queue, `The enqueue of ${name}`);
    const size = checkPayload(name, payload, this.options.payloadLimit);
    if (size > this.options.payloadLimit.warn) this.warnAboutSize(name, size);
    const envelope: Envelope = {
      v: 1,
      ...(payload === undefined ? {} : { payload }),
      ...(Object.keys(meta).length === 0 ? {} : { meta }),
    };
    return { id, name, queue, envelope, delay, priority, attempts };
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

  private reportBulk(receipts: readonly JobReceipt[]): void {
    const enqueued = receipts.filter(({ status }) => status === 'enqueued');
    if (enqueued[0]) {
      const { name, queue } = enqueued[0];
      this.events.emit({ type: 'bulk-enqueued', name, queue, count: enqueued.length });
    }
    const failed = receipts.filter(({ status }) => status === 'failed');
    if (!failed[0]) return;
    const message = `${failed.length} of ${receipts.length} jobs were not enqueued. The first failure: ${failed[0].error!.message}. error.receipts has a receipt for each payload; enqueue those with status "failed" again.`;
    throw new BulkEnqueueError(message, receipts, failed[0].error!);
  }
}

function delayOf({ delay, at }: EnqueueOptions): number {
  if (delay !== undefined && at !== undefined) {
    throw new FledgeError('FLEDGE_OPTION_INVALID', 'Both delay and at are given. Give one of them.');
  }
  if (at === undefined) return delay === undefined ? 0 : toMilliseconds(delay, 'delay');
  const time = at instanceof Date ? at.getTime() : at;
  if (!Number.isFinite(time)) {
    throw new FledgeError(
      'FLEDGE_OPTION_INVALID',
      `at is ${String(at)}. Give a valid Date or milliseconds since 1970.`,
    );
  }
  return Math.max(0, Math.round(time - Date.now()));
}

function priorityOf(priority: number | undefined): number | undefined {
  if (priority === undefined || positiveInteger(priority, 'priority') <= maxPriority) return priority;
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `priority is ${priority}. Give 1 (first) to ${maxPriority} (last).`,
  );
}

function receiptOf(
  { id, name, queue }: EnqueueCall,
  result: Pick<JobReceipt, 'status' | 'error'>,
): JobReceipt {
  return { id, name, queue, ...result };
}

function isUnavailable(error: Error | undefined): boolean {
  return error instanceof FledgeError && error.unavailable;
}

function* slices<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let slice: T[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length === size) {
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}
