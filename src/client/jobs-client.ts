import { BulkEnqueuer } from '../jobs/enqueue/bulk-enqueuer.js';
import type { EnqueuedJob } from '../jobs/enqueue/enqueue-call.js';
import { Enqueuer } from '../jobs/enqueue/enqueuer.js';
import { JobEvents } from '../jobs/events/events.js';
import { Canceller, jobIdOf, type CancelOptions, type CancelReport } from '../jobs/inspect/canceller.js';
import { JobSearch } from '../jobs/inspect/job-search.js';
import type { BulkEnqueueOptions, EnqueueOptions } from '../jobs/job/enqueue-options.js';
import type { FieldsOf, PayloadArguments, SafePayload } from '../jobs/job/job.js';
import type { JobReceipt } from '../jobs/job/receipt.js';
import type { Producer } from '../jobs/store/store.js';
import { unknownName } from '../jobs/values/did-you-mean.js';
import { FledgeError } from '../jobs/values/errors.js';
import { forDeliveries } from '../mailers/enqueue/delivery-uniqueness.js';
import { mailActions } from '../mailers/enqueue/mail-calls.js';
import type { ClientJob, KnownJob } from './client-job.js';
import { deliveryJob, requireAction, type ClientMailer, type ClientMailerActions } from './client-mailer.js';
import {
  resolveClientOptions,
  type ClientJobs,
  type ClientMailers,
  type JobsClientOptions,
  type ResolvedClientOptions,
} from './client-options.js';
import { ClientStore } from './client-store.js';
import { PendingCalls } from './pending-calls.js';

type ClassOf<Entry> = Entry extends ClientJob<infer J> ? J : never;
type MailerOf<Entry> = Entry extends ClientMailer<infer M> ? M : never;

/**
 * Creates a client that enqueues and cancels the jobs of an application, without Nest. It connects at the first call, and keeps its
 * connection for later calls.
 *
 * @example
 * const jobs = createJobsClient({ url: process.env.JOBS_URL, jobs: { ChargeJob: job<ChargeJob>() } });
 * await jobs.enqueue('ChargeJob', { orderId });
 * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NAME_INVALID`, `FLEDGE_QUEUE_UNDECLARED`
 */
export function createJobsClient<
  const Jobs extends ClientJobs = Record<never, never>,
  const Mailers extends ClientMailers = Record<never, never>,
>(options: JobsClientOptions<Jobs, Mailers>): JobsClient<Jobs, Mailers> {
  return new JobsClient(resolveClientOptions(options));
}

/** Enqueues and cancels jobs of an application, outside of the application. Create it with `createJobsClient`. */
export class JobsClient<Jobs extends ClientJobs, Mailers extends ClientMailers> {
  private readonly events = new JobEvents();
  private readonly calls = new PendingCalls();
  private readonly enqueuer: Enqueuer;
  private readonly bulkEnqueuer: BulkEnqueuer;
  private readonly store: ClientStore;
  private isClosed = false;

  /** @internal */
  constructor(private readonly options: ResolvedClientOptions) {
    this.events.subscribe(options.onEvent);
    this.store = new ClientStore(options.store, this.events);
    this.enqueuer = new Enqueuer({
      payloadLimit: options.store.payloadLimit,
      requireQueue: (queue, who) => options.requireQueue(queue, who),
      // Enqueue middleware is part of the application.
      aroundEnqueue: async () => [],
      store: { add: async (job) => (await this.store.open()).add(job) },
      events: this.events,
    });
    this.bulkEnqueuer = new BulkEnqueuer(this.enqueuer, this.events);
  }

  /**
   * Sends a job to its queue, like `JobsService.enqueue`. Resolves when the store has the job. Rejects within two seconds if the
   * store does not accept it.
   *
   * @throws FledgeError the errors of `JobsService.enqueue`, and `FLEDGE_CLIENT_URL_MISSING`
   */
  async enqueue<Name extends keyof Jobs & string>(
    name: Name,
    ...[payload, options]: PayloadArguments<
      ClassOf<Jobs[Name]>,
      [options?: EnqueueOptions<FieldsOf<ClassOf<Jobs[Name]>>>]
    >
  ): Promise<JobReceipt> {
    return this.send(this.requireJob(name), payload, options ?? {});
  }

  /**
   * Sends one job for each payload, like `JobsService.enqueueAll`.
   *
   * @returns a receipt for each payload, in order
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE` if some jobs were not enqueued, and FledgeError `FLEDGE_CLIENT_URL_MISSING`
   */
  async enqueueAll<Name extends keyof Jobs & string>(
    name: Name,
    payloads: Iterable<SafePayload<ClassOf<Jobs[Name]>>>,
    options: BulkEnqueueOptions<SafePayload<ClassOf<Jobs[Name]>>, FieldsOf<ClassOf<Jobs[Name]>>> = {},
  ): Promise<JobReceipt[]> {
    return this.sendAll(this.requireJob(name), payloads, options);
  }

  /**
   * Returns the actions of a mailer.
   *
   * @example await jobs.mail('UserMailer').welcome({ userId }).deliverLater();
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, and from the action's call `FLEDGE_MAILER_ACTION_UNKNOWN`
   */
  mail<Name extends keyof Mailers & string>(name: Name): ClientMailerActions<MailerOf<Mailers[Name]>> {
    const { mailers } = this.options;
    if (!mailers.has(name)) {
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `${unknownName('mailer', name, mailers.keys())} Add it to createJobsClient({ mailers: { ${name}: mailer<${name}>() } }).`,
      );
    }
    return mailActions({
      requireAction: (action) => requireAction(name, action, mailers.get(name)),
      deliver: (request) => ({
        deliverLater: (options: EnqueueOptions<string> = {}) =>
          this.send(deliveryJob, request, forDeliveries(options)),
      }),
      deliverAll: (requests, options) => this.sendAll(deliveryJob, requests, options),
    });
  }

  /**
   * Cancels one job, like `JobsService.cancel`. A job that waits is removed. The `signal` of a running job aborts.
   *
   * @param what the job's receipt or id
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_CLIENT_URL_MISSING`, `FLEDGE_STORE_…`
   */
  async cancel(what: string | JobReceipt, { reason }: CancelOptions = {}): Promise<CancelReport> {
    const id = jobIdOf(what, 'a job id or a receipt');
    return this.cancelWith((canceller) => canceller.cancelJob(id, reason));
  }

  /**
   * Cancels all jobs of a class that were enqueued before now, like `JobsService.cancel(TheClass)`.
   *
   * @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_CLIENT_URL_MISSING`, `FLEDGE_STORE_…`
   */
  async cancelAll(name: keyof Jobs & string, { reason }: CancelOptions = {}): Promise<CancelReport> {
    const { aliases } = this.requireJob(name);
    return this.cancelWith((canceller) => canceller.cancelClass(name, [name, ...aliases], reason));
  }

  /** Waits for pending calls, and closes the connection. Later calls reject. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.calls.idle();
    await this.store.close();
  }

  /** `await using` closes the client at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async send(
    job: EnqueuedJob,
    payload: unknown,
    options: EnqueueOptions<string>,
  ): Promise<JobReceipt> {
    return this.call(() => this.enqueuer.enqueue(job, payload, options));
  }

  private async sendAll<Payload>(
    job: EnqueuedJob,
    payloads: Iterable<Payload>,
    options: BulkEnqueueOptions<Payload, string>,
  ): Promise<JobReceipt[]> {
    return this.call(() => this.bulkEnqueuer.enqueueAll(job, payloads, options));
  }

  private async cancelWith(cancel: (canceller: Canceller) => Promise<CancelReport>): Promise<CancelReport> {
    return this.call(async () => cancel(this.cancellerOf(await this.store.open())));
  }

  private cancellerOf(producer: Producer): Canceller {
    const { store, jobs } = this.options;
    const search = new JobSearch(producer, {
      queues: [...store.queues.keys()],
      namesOf: (job) => [String(job), ...(jobs.get(String(job))?.aliases ?? [])],
      isOfClass: (name) => jobs.has(name),
    });
    return new Canceller(search, producer, this.events);
  }

  private requireJob(name: string): KnownJob {
    const { jobs } = this.options;
    const known = jobs.get(name);
    if (known) return known;
    throw new FledgeError(
      'FLEDGE_JOB_NOT_REGISTERED',
      `${unknownName('job', name, jobs.keys())} Add it to createJobsClient({ jobs: { ${name}: job<${name}>() } }).`,
    );
  }

  /**
   * Begins the work at once, because it reads the payload before its first await.
   * @throws FledgeError `FLEDGE_STORE_CLOSED`, `FLEDGE_CLIENT_URL_MISSING`, and what `work` throws
   */
  private async call<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isClosed)
      throw new FledgeError(
        'FLEDGE_STORE_CLOSED',
        'The client is closed. Create one client, and close it after its last call.',
      );
    const working = this.calls.during(work());
    // Without a store it fails too, with an error that says less.
    working.catch(() => undefined);
    await this.store.locate();
    return working;
  }
}
