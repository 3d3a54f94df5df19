import { Inject, Injectable, type Type } from '@nestjs/common';
import { Attempt } from './store/attempt.js';
import { Canceller, jobIdOf, type CancelOptions, type CancelReport } from './inspect/canceller.js';
import type { BulkEnqueueOptions, EnqueueOptions } from './job/enqueue-options.js';
import type { Envelope } from './store/envelope.js';
import { Executor } from './perform/executor.js';
import { newJobId } from './values/job-id.js';
import type { FieldsOf, PayloadArguments, Performable, ResultOf, SafePayload } from './job/job.js';
import { BulkEnqueuer } from './enqueue/bulk-enqueuer.js';
import { Enqueuer } from './enqueue/enqueuer.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './config/resolved-options.js';
import { errorOfOutcome } from './perform/error-of-outcome.js';
import { RuntimeSchedules } from './schedules/runtime-schedules.js';
import { checkPayload } from './values/json/json-check.js';
import type { JobReceipt } from './job/receipt.js';
import { unstoredJob, unstoredPort } from './perform/inline-attempt.js';
import { JobRegistry } from './discovery/registry.js';

/** Enqueues, runs and cancels jobs. Inject it where a request should not wait for the work. */
@Injectable()
export class JobsService {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly executor: Executor,
    private readonly enqueuer: Enqueuer,
    private readonly bulkEnqueuer: BulkEnqueuer,
    private readonly canceller: Canceller,
    /** Schedules that are made at run time, such as those that customers configure. */
    readonly schedules: RuntimeSchedules,
  ) {}

  /**
   * Sends a job to its queue. Resolves when the store has the job. Rejects within two seconds if the store does not accept
   * it. The payload is read inside the call, so you may change the object or use it for the next call without waiting.
   *
   * @example await jobs.enqueue(ImportCsvJob, { fileId }, { delay: '10m' });
   * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`, and `FLEDGE_STORE_…` (with `unavailable` true) if the store did not
   * accept the job
   */
  async enqueue<J extends Performable>(
    job: Type<J>,
    ...[payload, options]: PayloadArguments<J, [options?: EnqueueOptions<FieldsOf<J>>]>
  ): Promise<JobReceipt> {
    return this.enqueuer.enqueue(this.registry.definitionOf(job), payload, options ?? {});
  }

  /**
   * Sends one job for each payload, even for tens of thousands. The jobs are sent in slices of 500, so memory stays bounded
   * when `payloads` is a generator. Each payload is read when it is pulled, so a generator may yield the same object
   * repeatedly.
   *
   * A payload that is not valid JSON fails on its own. After the store fails, the remaining payloads are not sent. If
   * `payloads` or `options` throws, the jobs that were enqueued before stay enqueued.
   *
   * @returns a receipt for each payload, in order
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` if some jobs were not enqueued. `error.receipts` shows which
   */
  async enqueueAll<J extends Performable>(
    job: Type<J>,
    payloads: Iterable<SafePayload<J>>,
    options: BulkEnqueueOptions<SafePayload<J>, FieldsOf<J>> = {},
  ): Promise<JobReceipt[]> {
    return this.bulkEnqueuer.enqueueAll(this.registry.definitionOf(job), payloads, options);
  }

  /**
   * Runs a job once, now and in this process, without retries. It runs with its middleware, through the same executor as in
   * a worker.
   *
   * @returns what `perform` returns
   * @throws what `perform` throws, FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`,
   * `FLEDGE_JOB_NOT_REGISTERED`
   */
  async perform<J extends Performable>(
    job: Type<J>,
    ...[payload]: PayloadArguments<J, []>
  ): Promise<ResultOf<J>> {
    const { name, queue, subjects } = this.registry.definitionOf(job);
    const id = newJobId();
    const subject = subjects?.nameOf(payload);
    const { value } = checkPayload({ name, subject }, payload, this.options.payloadLimit);
    const envelope: Envelope = { v: 1, ...(value === undefined ? {} : { payload: value }) };
    const snapshot = { ...unstoredJob({ id, name, queue, envelope }, Date.now()), inline: true } as const;
    const outcome = await this.executor.execute(new Attempt(snapshot, unstoredPort(Date.now)));
    if (outcome.kind === 'completed') return outcome.result as ResultOf<J>;
    throw errorOfOutcome(outcome);
  }

  /**
   * Cancels jobs, from any process. Jobs that wait, for their time or for another attempt, are removed. The `signal` of a
   * running job aborts within a second with reason `cancel`, and the job ends as cancelled unless it completes anyway. Dead
   * and completed jobs stay. A schedule continues to tick: pause the schedule instead.
   *
   * @param what a job's receipt or id, or a job class. A class means all its jobs that were enqueued before now, in all
   * declared queues
   * @example const receipt = await jobs.enqueue(ExportJob, { id }); … await jobs.cancel(receipt, { reason: 'the user left' });
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_STORE_…`
   */
  async cancel(
    what: string | JobReceipt | Type<Performable>,
    { reason }: CancelOptions = {},
  ): Promise<CancelReport> {
    if (typeof what === 'function')
      return this.canceller.cancelClass(what, this.registry.namesOf(what), reason);
    return this.canceller.cancelJob(jobIdOf(what, 'a job id, a receipt, or a job class'), reason);
  }
}
