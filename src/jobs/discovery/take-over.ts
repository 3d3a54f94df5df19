import { Injectable, Logger } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import { isObject, isText } from '../values/readers.js';
import { AdoptedMethods, type AdoptedMethod } from './adopted-methods.js';
import { EveryProcess } from './every-process.js';
import { NestSchedule, type NestOrchestrator } from './nest-schedule.js';
import { Places } from './places.js';

/** The providers that find what other packages would run in this process, and adopt methods of @nestjs/schedule. */
export const cronAdoption = [Places, NestSchedule, AdoptedMethods, EveryProcess];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Keeps @nestjs/schedule from running the adopted methods, which run as jobs. Its `SchedulerRegistry` still lists them, with
 * timers that are stopped.
 */
@Injectable()
export class TakeOver {
  private readonly logger = new Logger('Jobs');
  /** What the decorators of the stopped `@Cron` methods stored. */
  private readonly stopped = new Set<unknown>();
  private readonly warned = new Set<string>();
  private hasStoppedIntervals = false;

  constructor(
    private readonly adopted: AdoptedMethods,
    private readonly nest: NestSchedule,
  ) {}

  /**
   * Stops what @nestjs/schedule has collected and not started yet. It collects in its `onModuleInit` and starts in its
   * `onApplicationBootstrap`. Which of the two modules comes first is up to the application, so call this in both hooks.
   */
  run(): void {
    if (this.adopted.all().length === 0) return;
    for (const orchestrator of this.nest.orchestrators()) this.stop(orchestrator);
  }

  /** @throws FledgeError `FLEDGE_CRON_NOT_TAKEN_OVER` if @nestjs/schedule would still run an adopted method */
  verify(): void {
    const missing = this.adopted
      .all()
      .filter(({ method: { kind, options } }) =>
        kind === 'cron' ? !this.stopped.has(options) : !this.hasStoppedIntervals,
      );
    if (missing.length === 0) return;
    throw new FledgeError(
      'FLEDGE_CRON_NOT_TAKEN_OVER',
      `adoptCron cannot keep @nestjs/schedule from running ${missing.map(({ name }) => name).join(', ')}, so each tick would run several times. Use @nestjs/schedule 6 or 12, or set adoptCron: false.`,
    );
  }

  private stop({ cronJobs, intervals }: NestOrchestrator): void {
    const adopted = this.adopted.all();
    const crons = new Set<unknown>(adopted.map(({ method }) => method.options));
    for (const [name, entry] of Object.entries(cronJobs)) {
      const { options, target } = entry;
      if (!crons.has(options) || !isObject(options)) continue;
      this.stopped.add(options);
      entry.options = { ...options, disabled: true };
      entry.target = this.onlyByHand(name, target);
    }
    const own = adopted.filter(({ method }) => method.kind === 'interval');
    for (const [name, entry] of Object.entries(intervals)) {
      if (!own.some((one) => isIntervalOf(one, name, entry.timeout))) continue;
      this.hasStoppedIntervals = true;
      entry.target = () => undefined;
    }
  }

  /** `CronJob.fireOnTick()` still runs the method here. `CronJob.start()` must not run it in this process as well. */
  private onlyByHand(name: string, target: unknown): (this: unknown, ...args: unknown[]) => unknown {
    const warn = (): void => this.warnOfStart(name);
    return function (this: unknown, ...args: unknown[]): unknown {
      if (isObject(this) && this.isActive === true) return warn();
      return typeof target === 'function' ? Reflect.apply(target, undefined, args) : undefined;
    };
  }

  private warnOfStart(name: string): void {
    if (this.warned.has(name)) return;
    this.warned.add(name);
    this.logger.warn(
      `CronJob.start() was called for "${name}", which adoptCron runs as a scheduled job. The call has no effect. Use JobsInspector.resumeSchedule("${name}"), or fledge cron resume.`,
    );
  }
}

/** @nestjs/schedule keeps an interval under its name, or under a UUID if it has no name. */
function isIntervalOf({ method }: AdoptedMethod, name: string, timeout: unknown): boolean {
  if (isText(method.name) && method.name !== '') return method.name === name;
  return uuid.test(name) && method.options.timeout === timeout;
}
