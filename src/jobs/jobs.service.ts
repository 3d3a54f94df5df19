import { Inject, Injectable, type Type } from '@nestjs/common';
import { inspect } from 'node:util';
import { Attempt } from './store/attempt.js';
import { Canceller, type CancelReport } from './inspect/canceller.js';
import { BulkEnqueueError } from './enqueue/bulk-enqueue-error.js';
import {
  checkId,
  refuseSharedId,
  delayOf,
  priorityOf,
  type BulkEnqueueOptions,
  type EnqueueOptions,
} from './job/enqueue-options.js';
import type { Envelope } from './store/envelope.js';
import { FledgeError, asError, invalidOption } from './values/errors.js';
import { JobEvents } from './events/events.js';
import { Executor } from './perform/executor.js';
import { newJobId } from './values/job-id.js';
import type { FieldsOf, PayloadArguments, Performable, ResultOf, SafePayload } from './job/job.js';
import { JobSender, receiptOf, type CallFields, type SealedCall } from './enqueue/enqueuer.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './config/resolved-options.js';
import { attemptsOf, callPolicyOf } from './job/retry/policy.js';
import { checkPayload } from './values/json/json-check.js';
import type { JobReceipt } from './job/receipt.js';
import { JobRegistry, type JobDefinition } from './discovery/registry.js';
import { slices } from './enqueue/slices.js';
import { planUnique, type UniquePlan } from './job/unique.js';
import { unstoredJob, unstoredPort } from './perform/inline-attempt.js';

export interface CancelOptions {
  /** Is in the message of what the job's signal aborts with, and in the log. @default none */
  readonly reason?: string;
}

/** Sends jobs. Inject it wherever a request should stop waiting. */
@Injectable()
export class JobsService {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly executor: Executor,
    private readonly sender: JobSender,
    private readonly canceller: Canceller,
    private readonly events: JobEvents,
  ) {}

  /**
   * Sends a job to its queue. Resolves when the store has it, within two seconds or with an error. The payload is read
   * inside the call: it may be changed, or used for the next call, without waiting.
   *
   * @example await jobs.enqueue(ImportCsvJob, { fileId }, { delay: '10m' });
   * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`, and a `FLEDGE_STORE_…` (with `unavailable` true) when the store
   * did not take it
   */
  async enqueue<J extends Performable>(
    job: Type<J>,
    ...[payload, options]: PayloadArguments<J, [options?: EnqueueOptions<FieldsOf<J>>]>
  ): Promise<JobReceipt> {
    const fields = this.prepare(job, options ?? {});
    const receipt = await this.sender.send(this.sender.seal(fields, payload));
    if (receipt.error) throw receipt.error;
    const { id, name, queue, status, duplicateOf } = receipt;
    if (isIn(receipt)) this.events.emit({ type: 'enqueued', id, name, queue, delay: fields.delay });
    if (duplicateOf !== undefined) {
      const type = status === 'replaced' ? 'replaced' : 'duplicate';
      this.events.emit({ type, id, name, queue, duplicateOf });
    }
    return receipt;
  }

  /**
   * Sends one job for each payload, tens of thousands if need be: in pipelined slices of 500, so that memory stays
   * bounded when `payloads` is a generator. Each payload is read as it is pulled, so a generator may yield the same
   * object again and again.
   *
   * @returns a receipt for each payload, in order
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` when not all were enqueued: `error.receipts` tells which were. A
   * payload that is no JSON fails alone; once the store fails, the rest is not tried; when `payloads` or `options`
   * throws, what was enqueued before stays enqueued.
   */
  async enqueueAll<J extends Performable>(
    job: Type<J>,
    payloads: Iterable<SafePayload<J>>,
    options: BulkEnqueueOptions<SafePayload<J>, FieldsOf<J>> = {},
  ): Promise<JobReceipt[]> {
    if (typeof options !== 'function' && 'id' in options) refuseSharedId();
    const receipts: JobReceipt[] = [];
    let failure: Error | undefined;
    try {
      for (const slice of slices(this.sealAll(job, payloads, options), charactersOf)) {
        // Once the store has failed, each further slice would only wait for it in vain.
        const error = failure;
        const sent = error
          ? failAll(slice, error)
          : await Promise.all(slice.map((call) => this.sender.send(call)));
        failure ??= sent.find((receipt) => isUnavailable(receipt.error))?.error;
        receipts.push(...sent);
      }
    } catch (thrown) {
      // From the generator of the payloads, or options that make no sense.
      if (receipts.length === 0) throw thrown;
      const why = `enqueueAll stopped after ${receipts.length} payloads: ${asError(thrown).message}. error.receipts has a receipt for each of these.`;
      throw new BulkEnqueueError(why, receipts, asError(thrown));
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
    const { id, name, queue } = this.prepare(job, {});
    const { value } = checkPayload(name, payload, this.options.payloadLimit);
    const envelope: Envelope = { v: 1, ...(value === undefined ? {} : { payload: value }) };
    const snapshot = { ...unstoredJob({ id, name, queue, envelope }, Date.now()), inline: true } as const;
    const outcome = await this.executor.execute(new Attempt(snapshot, unstoredPort(Date.now)));
    if (outcome.kind === 'completed') return outcome.result as ResultOf<J>;
    if ('error' in outcome) throw outcome.error;
    if ('reason' in outcome) throw outcome.reason;
    throw new Error(`${name} ended as ${outcome.kind}`);
  }

  /**
   * Ends jobs, from any process: those that wait, for their time or another attempt, are removed; a running one sees its
   * `signal` abort with reason `cancel` within a second, and ends as cancelled, unless it completes anyway.
   * Dead and completed ones stay; a schedule's ticks go on (pause the schedule).
   *
   * @param what a job's receipt or id, or a job class: then all that were enqueued before now, in all declared queues
   * @example const receipt = await jobs.enqueue(ExportJob, { id }); … await jobs.cancel(receipt, { reason: 'the user left' });
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_STORE_…`
   */
  async cancel(
    what: string | JobReceipt | Type<Performable>,
    { reason }: CancelOptions = {},
  ): Promise<CancelReport> {
    if (typeof what === 'function')
      return this.canceller.cancelClass(what, this.registry.namesOf(what), reason);
    return this.canceller.cancelJob(jobIdOf(what), reason);
  }

  /** Reads each payload as it is pulled: a generator may yield the same object again and again. */
  private *sealAll<Payload>(
    job: Type<Performable>,
    payloads: Iterable<Payload>,
    options: BulkEnqueueOptions<Payload, string>,
  ): Generator<SealedCall> {
    let index = 0;
    for (const payload of payloads) {
      const own = typeof options === 'function' ? options(payload, index++) : options;
      yield this.sender.seal(this.prepare(job, own), payload);
    }
  }

  private prepare(job: Type<Performable>, options: EnqueueOptions<string>): CallFields {
    const definition = this.registry.definitionOf(job);
    return {
      job,
      id: options.id === undefined ? newJobId() : checkId(options.id),
      repeated: options.id !== undefined,
      name: definition.name,
      queue: options.queue ?? definition.queue,
      delay: delayOf(options),
      priority: priorityOf(options.priority ?? definition.priority),
      attempts: trialsOf(options, definition),
      unique: uniqueOf(options, definition),
      policy: callPolicyOf(options, `The enqueue of ${definition.name}`),
      meta: {},
    };
  }

  private reportBulk(receipts: readonly JobReceipt[]): void {
    const enqueued = receipts.filter(isIn);
    if (enqueued[0]) {
      const { name, queue } = enqueued[0];
      this.events.emit({ type: 'bulk-enqueued', name, queue, count: enqueued.length });
    }
    const failed = receipts.filter(({ status }) => status === 'failed');
    if (!failed[0]) return;
    const message = `${failed.length} of ${receipts.length} jobs are not known to be enqueued. The first failure: ${failed[0].error!.message} error.receipts has a receipt for each payload: enqueue those with status "failed" again, each with { id: receipt.id }, so that one that did arrive is not enqueued twice.`;
    throw new BulkEnqueueError(message, receipts, failed[0].error!);
  }
}

/** The call's own, or the class's unless the call says no. */
function uniqueOf({ unique }: EnqueueOptions<string>, definition: JobDefinition): UniquePlan | undefined {
  if (unique === undefined) return definition.unique;
  return unique === false ? undefined : planUnique(unique, `The enqueue of ${definition.name}`);
}

/** Infinity: as long as `retryFor` says, the call's or the class's. */
function trialsOf({ attempts, retryFor }: EnqueueOptions<string>, { name, policy }: JobDefinition): number {
  if (retryFor !== undefined) return Infinity;
  return attempts === undefined ? policy.attempts : attemptsOf(attempts, `The enqueue of ${name}`);
}

function jobIdOf(what: string | JobReceipt): string {
  const id: unknown = typeof what === 'string' ? what : what?.id;
  if (typeof id === 'string' && id !== '') return id;
  throw invalidOption(
    `cancel was given ${inspect(what, { depth: 0 })}. Give a job's id, the receipt of its enqueue, or a job class.`,
  );
}

/** Whether the store has it now and had not before. */
function isIn({ status }: JobReceipt): boolean {
  return status === 'enqueued' || status === 'replaced';
}

function failAll(calls: readonly SealedCall[], error: Error): JobReceipt[] {
  return calls.map(({ fields }) => receiptOf(fields, { status: 'failed', error }));
}

/** A payload that is refused does not travel. */
function charactersOf({ given }: SealedCall): number {
  return given instanceof Error ? 0 : (given.text?.length ?? 0);
}

function isUnavailable(error: Error | undefined): boolean {
  return error instanceof FledgeError && error.unavailable;
}
