import { Inject, Injectable } from '@nestjs/common';
import type { AdoptCronOptions } from '../config/jobs-options.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import type { JobOptions, Performable } from '../job/job.js';
import { translateNestCron } from '../job/schedule/nest-cron.js';
import { resolveTiming, type ScheduleOptions } from '../job/schedule/timing.js';
import { asError } from '../values/errors.js';
import type { Finding } from '../values/finding.js';
import { isText } from '../values/readers.js';
import type { MarkedProvider } from './decorated-providers.js';
import { NestSchedule, type NestScheduledMethod, type NestScheduleModes } from './nest-schedule.js';

/** A method of @nestjs/schedule that runs as a scheduled job. */
export interface AdoptedMethod {
  /** The name of the job and of its schedule. */
  readonly name: string;
  readonly method: NestScheduledMethod;
  readonly schedule: ScheduleOptions;
  /** True if `@Cron` disables it, so that its schedule is paused. */
  readonly isDisabled: boolean;
  /** True if its `@Cron` has no time zone, so that the time zone of the process applies. */
  readonly usesProcessZone: boolean;
}

/** An adopted method with a job class of its own, so that it is a job like any other. */
export interface AdoptedJob {
  readonly adopted: AdoptedMethod;
  readonly provider: MarkedProvider<JobOptions, Performable>;
}

/** A method that stays with @nestjs/schedule. */
interface LeftMethod {
  readonly method: NestScheduledMethod;
  readonly why: string;
}

interface Decision {
  readonly adopted: readonly AdoptedMethod[];
  readonly left: readonly LeftMethod[];
}

/** The shortest `@Interval` that is adopted, in milliseconds. */
const leastInterval = 1_000;
const longestName = 100;

/** Decides which methods of @nestjs/schedule run as scheduled jobs. */
@Injectable()
export class AdoptedMethods {
  private decided?: Decision;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly nest: NestSchedule,
  ) {}

  /** The adopted methods. Decides once and for all, so call it after Nest has created all providers. */
  all(): readonly AdoptedMethod[] {
    return this.decide().adopted;
  }

  /** A job for each adopted method. Before all providers exist, the jobs that are known so far. */
  jobs(): AdoptedJob[] {
    const { adoptCron } = this.options;
    if (!adoptCron) return [];
    const { adopted } = this.decided ?? this.read();
    return adopted.map((method) => ({ adopted: method, provider: providerOf(method, adoptCron) }));
  }

  /** Warnings about methods that run in every process although `adoptCron` is on. */
  findings(): Finding[] {
    const { adoptCron } = this.options;
    if (!adoptCron) return [];
    if (!this.nest.modes()) return withoutModule(this.nest.methods());
    const left = this.decide().left.filter(({ method }) => method.place === undefined);
    if (left.length === 0) return [];
    const list = left.map(({ method, why }) => `${method.where} (${why})`).join(', ');
    return [
      notAdopted(
        `Methods that stay with @nestjs/schedule and run in every process, web and worker: ${list}. Change them to a @Cron or @Interval that can be adopted, or make sure that they may run in every process.`,
      ),
    ];
  }

  /** The warning of a worker whose application has such methods and has not decided about `adoptCron`. */
  runEverywhere(): Finding[] {
    const modes = this.nest.modes();
    if (this.options.adoptCron !== undefined || !modes) return [];
    const methods = this.nest.methods().filter((method) => runsAgain(method, modes));
    const ticks = methods.filter(({ kind }) => kind !== 'timeout').map(shown);
    const timeouts = methods.filter(({ kind }) => kind === 'timeout').map(shown);
    if (methods.length === 0) return [];
    const message = [
      ticks.length > 0
        ? `@nestjs/schedule runs these methods in every process, web and worker, so each tick runs several times: ${ticks.join(', ')}. Set adoptCron: true in JobsModule.forRoot to run each tick once in the whole fleet.`
        : '',
      timeouts.length > 0
        ? `@nestjs/schedule runs these @Timeout methods once in every process that starts, web and worker: ${timeouts.join(', ')}. Use provideOnlyInWeb(Class) or provideOnlyInWorker(Class) in providers to choose the processes.`
        : '',
      'To keep it as it is without this warning, set adoptCron: false, or use provideInEveryProcess(Class) for one class.',
    ];
    return [
      {
        severity: 'warning',
        code: 'FLEDGE_CRON_IN_EVERY_PROCESS',
        message: message.filter(Boolean).join(' '),
      },
    ];
  }

  private decide(): Decision {
    return (this.decided ??= this.options.adoptCron ? this.read() : { adopted: [], left: [] });
  }

  private read(): Decision {
    const modes = this.nest.modes();
    const adopted: AdoptedMethod[] = [];
    const left: LeftMethod[] = [];
    if (!modes) return { adopted, left };
    for (const method of this.nest.methods()) {
      if (!isOn(method, modes) || staysInPlace(method)) continue;
      const decision = adopt(method);
      if ('why' in decision) left.push(decision);
      else adopted.push(decision);
    }
    return { adopted, left };
  }
}

function isOn({ kind }: NestScheduledMethod, modes: NestScheduleModes): boolean {
  if (kind === 'cron') return modes.cronJobs;
  return kind === 'interval' ? modes.intervals : modes.timeouts;
}

/** A worker does not have the methods that are only in web processes, so their ticks could not run there. */
function staysInPlace({ place }: NestScheduledMethod): boolean {
  return place === 'web' || place === 'everywhere';
}

/** A disabled `@Cron` does not run. The application has chosen the processes of a method with a place. */
function runsAgain(method: NestScheduledMethod, modes: NestScheduleModes): boolean {
  return method.place === undefined && isOn(method, modes) && method.options.disabled !== true;
}

function shown({ where, name }: NestScheduledMethod): string {
  return isText(name) && name ? `${name} (${where})` : where;
}

function adopt(method: NestScheduledMethod): AdoptedMethod | LeftMethod {
  const { kind, where, options } = method;
  const name = isText(method.name) && method.name !== '' ? method.name : where;
  const found = kind === 'cron' ? cronOf(options) : kind === 'interval' ? intervalOf(options) : 'a @Timeout';
  if (typeof found === 'string') return { method, why: found };
  // eslint-disable-next-line no-control-regex
  if (name.length > longestName || /[\u0000-\u001f\u007f]/.test(name))
    return { method, why: `its name is longer than ${longestName} characters or has control characters` };
  try {
    resolveTiming(found, where);
  } catch (thrown) {
    return { method, why: asError(thrown).message };
  }
  const isDisabled = options.disabled === true;
  const usesProcessZone = kind === 'cron' && options.timeZone == null;
  return { name, method, schedule: found, isDisabled, usesProcessZone };
}

/** Returns the schedule, or why Fledge cannot take the method over. */
function cronOf({
  cronTime,
  timeZone,
  utcOffset,
  initialDelay,
  waitForCompletion,
}: Readonly<Record<string, unknown>>): ScheduleOptions | string {
  if (!isText(cronTime)) return 'its time is a date';
  if (utcOffset != null) return 'it has utcOffset, use timeZone';
  if (Number(initialDelay ?? 0) > 0) return 'it has initialDelay';
  const cron = translateNestCron(cronTime);
  if (cron === undefined) return `"${cronTime}" cannot be read`;
  const timezone = isText(timeZone) ? timeZone : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { cron, timezone, ...(waitForCompletion === true && { overlap: 'skip' as const }) };
}

function intervalOf({ timeout }: Readonly<Record<string, unknown>>): ScheduleOptions | string {
  const every = Math.trunc(Number(timeout));
  return every >= leastInterval ? { every } : 'an @Interval of less than a second';
}

function providerOf({ name, method }: AdoptedMethod, options: AdoptCronOptions): AdoptedJob['provider'] {
  class Adopted {
    async perform(): Promise<void> {
      await method.call();
    }
  }
  Object.defineProperty(Adopted, 'name', { value: method.where });
  const mark: JobOptions =
    options.retryFor === undefined
      ? { ...options, retryFor: undefined, attempts: options.attempts ?? 1, name }
      : { ...options, name };
  const instance = new Adopted();
  const provider = { moduleName: method.where, isAlias: false, isStatic: true };
  return { ...provider, mark, markedClass: Adopted, instance: () => instance };
}

function notAdopted(message: string): Finding {
  return { severity: 'warning', code: 'FLEDGE_CRON_NOT_ADOPTED', message };
}

function withoutModule(methods: readonly NestScheduledMethod[]): Finding[] {
  if (methods.length === 0) return [];
  return [
    notAdopted(
      `adoptCron is set, but no module imports ScheduleModule.forRoot() of @nestjs/schedule. So these methods do not run: ${methods.map(({ where }) => where).join(', ')}. Import ScheduleModule.forRoot() in the root module.`,
    ),
  ];
}
