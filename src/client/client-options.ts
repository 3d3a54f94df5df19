import { resolveOptions, type ResolvedJobsOptions } from '../jobs/config/resolved-options.js';
import type { JobsOptions } from '../jobs/config/jobs-options.js';
import type { JobEventListener } from '../jobs/events/events.js';
import type { Performable } from '../jobs/job/job.js';
import type { JobsManifest } from '../jobs/job/jobs-manifest.js';
import { refuseUnknownOptions, unknownName } from '../jobs/values/did-you-mean.js';
import { FledgeError, invalidOption } from '../jobs/values/errors.js';
import { deliveryQueue } from '../mailers/enqueue/mail-request.js';
import { knownJob, type ClientJob, type KnownJob } from './client-job.js';
import { knownActions, type ClientMailer } from './client-mailer.js';
import { checkManifest, jobOptionsIn, mailerOptionsIn } from './client-manifest.js';

export type ClientJobs = Readonly<Record<string, ClientJob<Performable>>>;
export type ClientMailers = Readonly<Record<string, ClientMailer<object>>>;

/** How the client finds the store: the options of `JobsModule.forRoot`, which must have the same values there. */
type StoreOptions = Pick<
  JobsOptions,
  'url' | 'sentinel' | 'cluster' | 'redis' | 'password' | 'prefix' | 'payloadLimit'
>;

/** The options of `createJobsClient`. */
export interface JobsClientOptions<Jobs, Mailers> extends StoreOptions {
  /** The application's jobs under their stored names. A stored name is the class's name, or the `name` of its `@Job()`. @default {} */
  readonly jobs?: Jobs;
  /** The application's mailers under their stored names. @default {} */
  readonly mailers?: Mailers;
  /** The queues that the application declares. Other queues are refused. @default the queues of `jobs`, and `mailers` */
  readonly queues?: readonly string[];
  /**
   * The content of a file that `writeJobsManifest` of the application wrote. It has the queues, and the options of `job()` and
   * `mailer()`.
   * @default none
   */
  readonly manifest?: JobsManifest;
  /**
   * Receives the client's events, such as `enqueued`, `warning` and `store-lost`.
   * @default warnings go to `process.emitWarning`
   */
  readonly onEvent?: JobEventListener;
}

export interface ResolvedClientOptions {
  readonly store: ResolvedJobsOptions;
  readonly jobs: ReadonlyMap<string, KnownJob>;
  /** The actions by mailer. Undefined if they are not known. */
  readonly mailers: ReadonlyMap<string, readonly string[] | undefined>;
  readonly onEvent: JobEventListener;
  /** @throws FledgeError `FLEDGE_QUEUE_UNDECLARED` */
  requireQueue(queue: string, who: string): void;
}

const door = 'createJobsClient';

const optionNames = {
  url: true,
  sentinel: true,
  cluster: true,
  redis: true,
  password: true,
  prefix: true,
  payloadLimit: true,
  jobs: true,
  mailers: true,
  queues: true,
  manifest: true,
  onEvent: true,
} satisfies Record<keyof JobsClientOptions<ClientJobs, ClientMailers>, true>;

/** @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NAME_INVALID`, `FLEDGE_QUEUE_UNDECLARED` */
export function resolveClientOptions(
  options: JobsClientOptions<ClientJobs, ClientMailers>,
): ResolvedClientOptions {
  refuseUnknownOptions(options, optionNames, door);
  const { jobs: givenJobs = {}, mailers: givenMailers = {}, onEvent = warn, ...others } = options;
  const { queues, manifest, ...store } = others;
  if (manifest) checkManifest(manifest);
  if (manifest && queues)
    throw invalidOption(`${door} has queues and a manifest, which has them too. Remove queues.`);
  const jobs = new Map(Object.entries(givenJobs).map(([name, one]) => [name, jobOf(name, one, manifest)]));
  const mailers = new Map(
    Object.entries(givenMailers).map(([name, one]) => [name, actionsOf(name, one, manifest)]),
  );
  const used = [...jobs.values()].map(({ queue }) => queue);
  const declared = new Set(manifest?.queues ?? queues ?? [...used, deliveryQueue]);
  const requireQueue = (queue: string, who: string): void => refuseUndeclared(declared, queue, who);
  for (const { name, queue } of jobs.values()) requireQueue(queue, `job() of ${name}`);
  const declaredQueues = Object.fromEntries([...declared].map((name) => [name, {}]));
  return {
    store: resolveOptions({ ...store, queues: declaredQueues }, process.env, door),
    jobs,
    mailers,
    onEvent,
    requireQueue,
  };
}

function jobOf(name: string, { options }: ClientJob<Performable>, manifest?: JobsManifest): KnownJob {
  return knownJob(name, manifest ? jobOptionsIn(manifest, name, options) : options);
}

function actionsOf(
  name: string,
  { options }: ClientMailer<object>,
  manifest?: JobsManifest,
): readonly string[] | undefined {
  return knownActions(name, manifest ? mailerOptionsIn(manifest, name, options) : options);
}

function refuseUndeclared(declared: ReadonlySet<string>, queue: string, who: string): void {
  if (declared.has(queue)) return;
  throw new FledgeError(
    'FLEDGE_QUEUE_UNDECLARED',
    `${who}: ${unknownName('queue', queue, declared)} If the application declares it in JobsModule.forRoot({ queues }), add it to ${door}({ queues: [${JSON.stringify(queue)}] }).`,
  );
}

const warn: JobEventListener = (event) => {
  if (event.type === 'warning')
    process.emitWarning(event.message, { type: 'FledgeWarning', code: event.code });
};
