import type { EnqueuedJob } from '../jobs/enqueue/enqueue-call.js';
import { Enqueuer } from '../jobs/enqueue/enqueuer.js';
import type { JobEvents } from '../jobs/events/events.js';
import { withStore, type StoreTarget } from '../jobs/inspect/remote-store.js';
import type { EnqueueOptions } from '../jobs/job/enqueue-options.js';
import type { JobReceipt } from '../jobs/job/receipt.js';
import type { UniquePlan } from '../jobs/job/unique.js';
import type { CatalogUnique } from '../jobs/store/job-catalog.js';
import { KnownPauses } from '../jobs/store/pauses.js';
import type { Store } from '../jobs/store/store.js';
import { unknownName } from '../jobs/values/did-you-mean.js';
import { FledgeError } from '../jobs/values/errors.js';
import { mailRequestOf, mailSubjectOf } from '../mailers/enqueue/mail-request.js';
import { JobReports, type ReportedJob } from './job-reports.js';

export type { ReportedJob } from './job-reports.js';

/** One job to enqueue. */
export interface ReportedCall {
  readonly payload: unknown;
  readonly options: EnqueueOptions;
  /** For a class whose `unique.by` is a function: the function's result for this payload. */
  readonly uniqueKey?: unknown;
}

/** The result of an enqueue, and what the operator should know, in sentences. */
export interface ReportedReceipt {
  readonly receipt: JobReceipt;
  readonly notes: readonly string[];
}

/** The jobs of an application, as its live workers report them. */
export interface ReportedJobs {
  /** @throws FledgeError `FLEDGE_JOB_UNREPORTED`, `FLEDGE_REPORTS_DIFFER` */
  find(name: string, queue: string | undefined): ReportedJob;
  /** @throws FledgeError the errors of `JobsService.enqueue` */
  enqueue(reported: ReportedJob, call: ReportedCall): Promise<ReportedReceipt>;
}

/**
 * Enqueues jobs of an application without its code, as the command line does. Queues, attempts, `unique` and the limit of payloads
 * are those that the live workers report. Enqueue middleware does not run.
 *
 * @param target where the store is
 * @param env contains JOBS_PASSWORD and JOBS_PREFIX
 * @throws FledgeError `FLEDGE_STORE_…`, and what `use` throws
 */
export async function withReportedJobs<Result>(
  target: StoreTarget,
  env: NodeJS.ProcessEnv,
  use: (jobs: ReportedJobs) => Promise<Result>,
): Promise<Result> {
  return withStore(target, env, async (store, events) => {
    const reports = await JobReports.read(store.fleet);
    return use({
      find: (name, queue) => reports.find(name, queue),
      enqueue: (reported, call) => enqueueReported(reported, call, store, events),
    });
  });
}

async function enqueueReported(
  reported: ReportedJob,
  { payload, options, uniqueKey }: ReportedCall,
  store: Store,
  events: JobEvents,
): Promise<ReportedReceipt> {
  const { catalog, subject } = reported;
  const paused = await pausesOf(reported, store);
  const warnings: string[] = [];
  events.subscribe((event) => {
    if (event.type === 'warning') warnings.push(event.message);
  });
  const enqueuer = new Enqueuer({
    payloadLimit: catalog.payloadLimit,
    requireQueue: (queue, who) => refuseUndeclared(catalog.queues, queue, who),
    aroundEnqueue: async () => [],
    store,
    events,
  });
  const stored = subject === undefined ? payload : mailRequestOf(subject, payload);
  const receipt = await enqueuer.enqueue(enqueued(reported, uniqueKey), stored, options);
  return { receipt, notes: [...reported.notes, ...paused, ...warnings] };
}

/** Returns a sentence for each pause that holds a job back. It is read first, because a job that is enqueued must be reported. */
async function pausesOf(
  { job: { name }, subject, queue }: ReportedJob,
  { pauses }: Store,
): Promise<string[]> {
  const [all, queues] = await Promise.all([pauses.list(), pauses.pausedQueues([queue])]);
  const pause = new KnownPauses(all).find({ name, subject });
  return [
    ...queues.map((one) => `The queue ${one} is paused. To resume it, run fledge resume queue ${one}.`),
    ...(pause
      ? [`Jobs of ${pause.name} are paused. To resume them, run fledge resume job ${pause.name}.`]
      : []),
  ];
}

function enqueued({ job, queue, subject }: ReportedJob, uniqueKey: unknown): EnqueuedJob {
  return {
    name: job.name,
    queue,
    priority: job.priority,
    unique: job.unique && planOf(job.unique, uniqueKey),
    policy: { attempts: job.attempts ?? Infinity },
    subjects: subject === undefined ? undefined : { nameOf: mailSubjectOf },
    jobClass: undefined,
  };
}

function planOf({ by, byFunction, for: span, until, mode }: CatalogUnique, key: unknown): UniquePlan {
  return { by: byFunction ? () => key : by, for: span, until, mode };
}

function refuseUndeclared(declared: readonly string[], queue: string, who: string): void {
  if (declared.includes(queue)) return;
  throw new FledgeError(
    'FLEDGE_QUEUE_UNDECLARED',
    `${who}: ${unknownName('queue', queue, declared)} To declare it, add it to JobsModule.forRoot({ queues: { ${JSON.stringify(queue)}: {} } }).`,
  );
}
