import { Inject, Injectable, type Type } from '@nestjs/common';
import { priorityOf } from '../job/enqueue-options.js';
import { FledgeError } from '../values/errors.js';
import type { FailureHandler } from '../job/failure-handler.js';
import { jobOptionsOf, type JobOptions, type Performable } from '../job/job.js';
import { jobLogLevels, type JobLogLevel } from '../values/log-level.js';
import { MarkedProviders, type MarkedProvider } from './decorated-providers.js';
import { didYouMean } from '../values/did-you-mean.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { resolvePolicy, type Policy } from '../job/retry/policy.js';
import type { Finding } from '../values/finding.js';
import { planUnique, type UniquePlan } from '../job/unique.js';

/** A job class as the registry knows it: its options with every default filled in, and where its instances come from. */
export interface JobDefinition {
  readonly jobClass: Type<Performable>;
  readonly name: string;
  readonly queue: string;
  readonly policy: Policy;
  readonly unique: UniquePlan | undefined;
  readonly priority: number | undefined;
  readonly logLevel: JobLogLevel | undefined;
  readonly logPayload: JobOptions['logPayload'];
  /** Whether the class wants to hear of its jobs in trouble. */
  readonly hasHandlers: boolean;
  /** The instance for one attempt; a request-scoped job gets a new one, and `request` under `REQUEST`. */
  instance(request: unknown): Performable | Promise<Performable>;
}

const namePattern = /^[A-Za-z_$][\w$.:-]{0,127}$/;

/** Knows every job of the application: class → definition for the enqueue side, name → definition for the worker. */
@Injectable()
export class JobRegistry {
  private byClass?: ReadonlyMap<Type<Performable>, JobDefinition>;
  private isComplete = false;
  private byName: ReadonlyMap<string, JobDefinition> = new Map();

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly providers: MarkedProviders,
  ) {}

  /** @throws FledgeError `FLEDGE_JOB_NOT_REGISTERED`, and whatever `check` throws */
  definitionOf(jobClass: Type<Performable>): JobDefinition {
    const definition = this.classes().get(jobClass);
    if (definition) return definition;
    const why = jobOptionsOf(jobClass)
      ? `no module has it among its providers. Add ${jobClass.name} to a module's providers (a request-scoped factory must be provided under the class itself)`
      : 'it has no @Job() decorator. Put @Job() before the class and add it to a module’s providers';
    throw new FledgeError(
      'FLEDGE_JOB_NOT_REGISTERED',
      `${String(jobClass?.name)} is not a known job: ${why}.`,
    );
  }

  /** Undefined for a name that no class of this application has. */
  find(name: string): JobDefinition | undefined {
    this.classes();
    return this.byName.get(name);
  }

  /**
   * Boot checks: throws for what cannot work, returns what is merely suspicious.
   * @throws FledgeError `FLEDGE_JOB_DUPLICATE_NAME`, `FLEDGE_JOB_NAME_INVALID`, `FLEDGE_JOB_WITHOUT_PERFORM`,
   * `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_OPTION_INVALID`
   */
  check(): Finding[] {
    this.isComplete = true;
    const used = new Set([...this.classes().values()].map(({ queue }) => queue));
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
    const declared = [...this.options.queues.keys()];
    throw new FledgeError(
      'FLEDGE_QUEUE_UNDECLARED',
      `${who} names the queue "${queue}", which is not declared (declared: ${declared.join(', ')}).${didYouMean(queue, declared)} Add it to JobsModule.forRoot({ queues: { ${JSON.stringify(queue)}: {} } }).`,
    );
  }

  /**
   * The names under which jobs of a class are stored, its own first.
   * @throws as `definitionOf`
   */
  namesOf(jobClass: Type<Performable>): string[] {
    const definition = this.definitionOf(jobClass);
    const names = [...this.byName].filter(([, of]) => of === definition).map(([name]) => name);
    return [definition.name, ...names.filter((name) => name !== definition.name)];
  }

  /** The names under which jobs can be run here, aliases included. */
  names(): string[] {
    this.classes();
    return [...this.byName.keys()];
  }

  /** The jobs as they are declared. */
  definitions(): JobDefinition[] {
    return [...this.classes().values()];
  }

  /** Read on first use: other modules may enqueue before this one has bootstrapped. */
  private classes(): ReadonlyMap<Type<Performable>, JobDefinition> {
    if (this.byClass) return this.byClass;
    const byClass = new Map<Type<Performable>, JobDefinition>();
    const byName = new Map<string, JobDefinition>();
    for (const provider of this.providers.find(jobOptionsOf)) {
      if (byClass.has(provider.markedClass as Type<Performable>)) continue;
      const definition = this.define(provider);
      byClass.set(definition.jobClass, definition);
      claimNames(byName, definition, provider.mark.aliases ?? []);
    }
    this.byName = byName;
    // Until all providers are there, what is missing now may be found later.
    if (this.isComplete) this.byClass = byClass;
    return byClass;
  }

  private define(provider: MarkedProvider<JobOptions>): JobDefinition {
    const { mark: options, markedClass } = provider;
    const jobClass = markedClass as Type<Performable>;
    const who = `@Job() of ${jobClass.name}`;
    const subject = subjectOf(provider);
    refuseWithoutPerform(subject, jobClass);
    return {
      jobClass,
      name: options.name ?? jobClass.name,
      queue: this.requireQueue(options.queue ?? 'default', who),
      policy: resolvePolicy(options, this.options.defaults, who),
      unique: options.unique && planUnique(options.unique, who),
      priority: priorityOf(options.priority, `${who}: priority`),
      logLevel: checkLogLevel(options.logLevel, who),
      logPayload: options.logPayload,
      hasHandlers: hasHandlers(subject as FailureHandler),
      instance: (request) => provider.instance(request) as Performable | Promise<Performable>,
    };
  }
}

/** Where its methods are looked for: an instance, since a factory may have made it, or its class. */
function subjectOf({ markedClass, isStatic, instance }: MarkedProvider<JobOptions>): Partial<Performable> {
  return ((isStatic ? instance(undefined) : markedClass.prototype) ?? {}) as Partial<Performable>;
}

function refuseWithoutPerform(subject: Partial<Performable>, { name }: Type): void {
  if (typeof subject.perform === 'function') return;
  throw new FledgeError(
    'FLEDGE_JOB_WITHOUT_PERFORM',
    `${name} has @Job() but no perform method, so a worker could not run it. Add async perform(payload, context), or remove @Job().`,
  );
}

function hasHandlers(subject: FailureHandler): boolean {
  return 'onError' in subject || 'onDeath' in subject || 'onDiscard' in subject;
}

function checkLogLevel(level: JobLogLevel | undefined, who: string): JobLogLevel | undefined {
  if (level === undefined || jobLogLevels.includes(level)) return level;
  throw new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `${who}: logLevel is ${JSON.stringify(level)}. Give ${jobLogLevels.map((known) => `'${known}'`).join(', ')}.`,
  );
}

function claimNames(
  byName: Map<string, JobDefinition>,
  definition: JobDefinition,
  aliases: readonly string[],
): void {
  for (const name of new Set([definition.name, ...aliases])) {
    if (!namePattern.test(name)) {
      throw new FledgeError(
        'FLEDGE_JOB_NAME_INVALID',
        `${definition.jobClass.name} has the name ${JSON.stringify(name)}. Use letters, digits and "_", "$", ".", ":", "-", beginning with a letter; at most 128.`,
      );
    }
    const other = byName.get(name);
    if (other) {
      throw new FledgeError(
        'FLEDGE_JOB_DUPLICATE_NAME',
        `Two job classes have the name "${name}" (${other.jobClass.name} and ${definition.jobClass.name}), so a worker could not tell them apart. Give one of them another: @Job({ name: '…' }).`,
      );
    }
    byName.set(name, definition);
  }
}
