import { Inject, Injectable, type Type } from '@nestjs/common';
import { priorityOf } from '../job/enqueue-options.js';
import { FledgeError, invalidOption } from '../values/errors.js';
import { jobOptionNames, jobOptionsOf, type JobOptions, type Performable } from '../job/job.js';
import { jobLogLevels, type JobLogLevel } from '../values/log-level.js';
import { AdoptedMethods, type AdoptedJob, type AdoptedMethod } from './adopted-methods.js';
import { checkNames, claimNames } from './job-names.js';
import { MarkedProviders, type MarkedProvider } from './decorated-providers.js';
import { refuseMinifiedName } from './minified-name.js';
import { refuseSecondInstances } from './single-instance.js';
import { refuseUnknownOptions, unknownName } from '../values/did-you-mean.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { resolvePolicy, type Policy } from '../job/retry/policy.js';
import type { Finding } from '../values/finding.js';
import { subjectsOf, type JobSubjects } from '../job/subjects.js';
import { planUnique, type UniquePlan } from '../job/unique.js';

/** A job class with its resolved options and the source of its instances. */
export interface JobDefinition {
  readonly jobClass: Type<Performable>;
  readonly name: string;
  readonly queue: string;
  readonly policy: Policy;
  readonly unique: UniquePlan | undefined;
  readonly priority: number | undefined;
  readonly logLevel: JobLogLevel | undefined;
  readonly logPayload: JobOptions['logPayload'];
  readonly subjects: JobSubjects | undefined;
  /** The method of @nestjs/schedule that this job runs. Undefined for a job class. */
  readonly adopted: AdoptedMethod | undefined;
  /** True if the class has failure handlers. */
  readonly hasHandlers: boolean;
  /** True if failure handlers are called for its jobs: the application's, or those of the class. */
  readonly isHandled: boolean;
  /**
   * Returns the instance for one attempt. A request-scoped job gets a new one, with `request` as its `REQUEST`. A job with
   * durable dependencies only gets the one of its `ContextIdStrategy`'s sub-tree.
   */
  instance(request: object | undefined): Performable | Promise<Performable>;
}

/** The job classes of the application, by class for enqueues and by name for workers. */
interface JobIndex {
  readonly byClass: ReadonlyMap<Type<Performable>, JobDefinition>;
  /** Aliases included. */
  readonly byName: ReadonlyMap<string, JobDefinition>;
}

type JobProvider = MarkedProvider<JobOptions, Performable>;

/** Holds every job class of the application. */
@Injectable()
export class JobRegistry {
  private loaded?: JobIndex;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly providers: MarkedProviders,
    private readonly adopted: AdoptedMethods,
  ) {}

  /**
   * Reads the job classes once for the life of the application, after Nest has created all providers.
   * @throws FledgeError `FLEDGE_JOB_DUPLICATE_NAME`, `FLEDGE_JOB_NAME_INVALID`, `FLEDGE_JOB_NAME_MINIFIED`,
   * `FLEDGE_JOB_PROVIDED_TWICE`, `FLEDGE_JOB_WITHOUT_PERFORM`, `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`
   */
  load(): void {
    if (this.loaded) return;
    // Before Nest has created the instances, two placeholders of one instance would differ.
    refuseSecondInstances(this.jobProviders());
    this.loaded = Object.freeze(this.read());
  }

  /** @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, and before `load` what `load` throws */
  definitionOf(jobClass: Type<Performable>): JobDefinition {
    const definition = this.index().byClass.get(jobClass);
    if (definition) return definition;
    const why = jobOptionsOf(jobClass)
      ? `no module provides it. Add ${jobClass.name} to a module's providers (a request-scoped factory must be provided under the class itself)`
      : 'it has no @Job() decorator. Put @Job() before the class and add the class to a module’s providers';
    throw new FledgeError(
      'FLEDGE_JOB_NOT_REGISTERED',
      `${String(jobClass?.name)} is not a known job: ${why}.`,
    );
  }

  /** Returns undefined if no class of this application has the name. */
  find(name: string): JobDefinition | undefined {
    return this.index().byName.get(name);
  }

  /** Returns what looks like a mistake but does not prevent the application from working. */
  check(): Finding[] {
    const used = new Set(this.definitions().map(({ queue }) => queue));
    const unused = this.options.given.has('queues')
      ? [...this.options.queues.keys()].filter((name) => !used.has(name))
      : [];
    return unused.map((name) => ({
      severity: 'warning',
      code: 'FLEDGE_QUEUE_UNUSED',
      message: `The queue "${name}" is declared, but no job uses it. Remove it from JobsModule.forRoot({ queues }), or register the jobs that belong to it.`,
    }));
  }

  /** @throws FledgeError `FLEDGE_QUEUE_UNDECLARED` */
  requireQueue(queue: string, who: string): string {
    if (this.options.queues.has(queue)) return queue;
    throw new FledgeError(
      'FLEDGE_QUEUE_UNDECLARED',
      `${who}: ${unknownName('queue', queue, this.options.queues.keys())} To declare it, add it to JobsModule.forRoot({ queues: { ${JSON.stringify(queue)}: {} } }).`,
    );
  }

  /**
   * The names under which jobs of a class are stored. The class's own name comes first.
   * @throws FledgeError the errors of `definitionOf`
   */
  namesOf(jobClass: Type<Performable>): [string, ...string[]] {
    const definition = this.definitionOf(jobClass);
    const names = [...this.index().byName].filter(([, of]) => of === definition).map(([name]) => name);
    return [definition.name, ...names.filter((name) => name !== definition.name)];
  }

  /** The names of all jobs that can run here, with their aliases, and the names of their subjects. */
  names(): string[] {
    const subjects = this.definitions().flatMap((definition) => definition.subjects?.names() ?? []);
    return [...this.index().byName.keys(), ...subjects];
  }

  /** The job classes in the order of their providers. */
  definitions(): JobDefinition[] {
    return [...this.index().byClass.values()];
  }

  /**
   * Other modules may enqueue before `load`. Until then every call reads the existing providers and keeps nothing, because a
   * job class that is missing now may have a provider later.
   */
  private index(): JobIndex {
    return this.loaded ?? this.read();
  }

  private read(): JobIndex {
    const byClass = new Map<Type<Performable>, JobDefinition>();
    const byName = new Map<string, JobDefinition>();
    for (const provider of this.jobProviders()) {
      if (byClass.has(provider.markedClass)) continue;
      const definition = this.define(provider);
      byClass.set(definition.jobClass, definition);
      checkNames(definition, provider.mark.aliases ?? []);
      claimNames(byName, definition, provider.mark.aliases ?? []);
    }
    for (const job of this.adopted.jobs()) {
      const definition = this.define(job.provider, job);
      byClass.set(definition.jobClass, definition);
      claimNames(byName, definition, []);
    }
    return { byClass, byName };
  }

  private jobProviders(): JobProvider[] {
    return this.providers.find<JobOptions, Performable>(jobOptionsOf);
  }

  private define(provider: JobProvider, job?: AdoptedJob): JobDefinition {
    const { mark: options, markedClass: jobClass } = provider;
    const who = job ? `adoptCron for ${jobClass.name}` : `@Job() of ${jobClass.name}`;
    if (!job) refuseUnknownOptions(options, jobOptionNames, who);
    const subject = subjectOf(provider);
    refuseWithoutPerform(subject, jobClass);
    if (options.name === undefined && !job)
      refuseMinifiedName({ name: jobClass.name, markedClass: jobClass, decorator: '@Job' });
    const hasOwnHandlers = hasHandlers(subject);
    return {
      jobClass,
      name: options.name ?? jobClass.name,
      queue: this.requireQueue(options.queue ?? 'default', who),
      policy: resolvePolicy(options, this.options.defaults, who),
      unique: options.unique ? planUnique(options.unique, who) : undefined,
      priority: priorityOf(options.priority, `${who}: priority`),
      logLevel: checkLogLevel(options.logLevel, who),
      logPayload: options.logPayload,
      subjects: subjectsOf(jobClass),
      adopted: job?.adopted,
      hasHandlers: hasOwnHandlers,
      isHandled: hasOwnHandlers || this.options.handlers.length > 0,
      instance: provider.instance,
    };
  }
}

/** The object whose methods are checked. A factory may have made the instance, so it is preferred to the class. */
function subjectOf({ markedClass, isStatic, instance }: JobProvider): object {
  const subject: object | null | undefined = isStatic ? instance(undefined) : markedClass.prototype;
  return subject ?? {};
}

function refuseWithoutPerform(subject: object, { name }: Type): void {
  if ('perform' in subject && typeof subject.perform === 'function') return;
  throw new FledgeError(
    'FLEDGE_JOB_WITHOUT_PERFORM',
    `${name} has @Job() but no perform method. Add async perform(payload, context), or remove @Job().`,
  );
}

function hasHandlers(subject: object): boolean {
  return 'onError' in subject || 'onDeath' in subject || 'onDiscard' in subject;
}

function checkLogLevel(level: JobLogLevel | undefined, who: string): JobLogLevel | undefined {
  if (level === undefined || jobLogLevels.includes(level)) return level;
  throw invalidOption(`${who}: ${unknownName('logLevel', String(level), jobLogLevels)}`);
}
