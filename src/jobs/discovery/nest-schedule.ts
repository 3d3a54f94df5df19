import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { isObject, isText } from '../values/readers.js';
import { Places, type Place } from './places.js';

/*
 * What @nestjs/schedule 6 and 12 keep in Nest's container and on methods. Both have the same keys. The package is not imported,
 * because most applications do not have it.
 */
const keys = {
  type: 'SCHEDULER_TYPE',
  name: 'SCHEDULER_NAME',
  cron: 'SCHEDULE_CRON_OPTIONS',
  interval: 'SCHEDULE_INTERVAL_OPTIONS',
  module: 'SCHEDULE_MODULE_OPTIONS',
} as const;

const kinds: Readonly<Record<number, 'cron' | 'timeout' | 'interval'>> = {
  1: 'cron',
  2: 'timeout',
  3: 'interval',
};

/** A method with `@Cron`, `@Interval` or `@Timeout` of @nestjs/schedule. */
export interface NestScheduledMethod {
  readonly kind: 'cron' | 'timeout' | 'interval';
  /** The class and the method, such as `Billing.charge`. */
  readonly where: string;
  /** The name that its decorator sets, or undefined. */
  readonly name: unknown;
  /** What its decorator stored: the options of `@Cron` with `cronTime`, or `timeout` of `@Interval`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The processes that the application has chosen for its provider. */
  readonly place: Place | undefined;
  /** Calls the method on its provider, without arguments. */
  readonly call: () => unknown;
}

/** The part of @nestjs/schedule that starts the timers of its methods at bootstrap. */
export interface NestOrchestrator {
  /** By name. The options are the object that the decorator stored. */
  readonly cronJobs: Readonly<Record<string, { options: unknown; target: unknown }>>;
  readonly intervals: Readonly<Record<string, { timeout: unknown; target: unknown }>>;
}

/** Which decorators an application's `ScheduleModule.forRoot()` turns on. */
export interface NestScheduleModes {
  readonly cronJobs: boolean;
  readonly intervals: boolean;
  readonly timeouts: boolean;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds what @nestjs/schedule would run in this process. */
@Injectable()
export class NestSchedule {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly places: Places,
  ) {}

  /** Returns undefined if no module imports `ScheduleModule`. */
  modes(): NestScheduleModes | undefined {
    const imported = this.discovery.getProviders().filter(({ token }) => token === keys.module);
    if (imported.length === 0) return undefined;
    // It may be imported more than once, with different options.
    const isOn = (mode: keyof NestScheduleModes): boolean =>
      imported.some(({ instance }: { instance: unknown }) => isObject(instance) && instance[mode] !== false);
    return { cronJobs: isOn('cronJobs'), intervals: isOn('intervals'), timeouts: isOn('timeouts') };
  }

  /** The methods of providers and controllers. @nestjs/schedule ignores request-scoped providers, and so does this. */
  methods(): NestScheduledMethod[] {
    const seen = new Set<unknown>();
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()].flatMap((wrapper) => {
      const instance: unknown = wrapper.instance;
      // An alias (`useExisting`) has the same instance.
      if (!wrapper.isDependencyTreeStatic() || !isInstance(instance) || seen.has(instance)) return [];
      seen.add(instance);
      return methodsOf(instance, this.scanner, this.places.of(wrapper));
    });
  }

  orchestrators(): NestOrchestrator[] {
    return this.discovery.getProviders().filter(isOrchestrator).map(orchestratorOf);
  }
}

function methodsOf(
  instance: object,
  scanner: MetadataScanner,
  place: Place | undefined,
): NestScheduledMethod[] {
  const prototype: unknown = Object.getPrototypeOf(instance);
  if (!isInstance(prototype) || prototype === Object.prototype) return [];
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const found = scheduledMethod(instance, prototype, name);
    return found ? { ...found, place } : [];
  });
}

function scheduledMethod(
  instance: object,
  prototype: object,
  name: string,
): Omit<NestScheduledMethod, 'place'> | undefined {
  const method: unknown = Reflect.get(prototype, name);
  if (typeof method !== 'function') return undefined;
  const kind = kinds[Number(Reflect.getMetadata(keys.type, method))];
  if (kind === undefined) return undefined;
  const options: unknown = kind === 'timeout' ? {} : Reflect.getMetadata(keys[kind], method);
  return {
    kind,
    where: `${prototype.constructor.name}.${name}`,
    name: Reflect.getMetadata(keys.name, method),
    options: isObject(options) ? options : {},
    // Read at each call, so that a later replacement on the instance, such as a test's spy, is called.
    call: (): unknown => {
      const current: unknown = Reflect.get(instance, name);
      return typeof current === 'function' ? Reflect.apply(current, instance, []) : undefined;
    },
  };
}

function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** By its methods, because a bundler may have renamed the class. */
function isOrchestrator({ metatype }: Wrapper): boolean {
  const prototype: unknown = metatype?.prototype;
  return (
    isInstance(prototype) && ['mountCron', 'mountIntervals', 'addCron'].every((name) => name in prototype)
  );
}

function orchestratorOf({ instance }: Wrapper): NestOrchestrator {
  const found: { cronJobs?: unknown; intervals?: unknown } = instance;
  return { cronJobs: entriesOf(found.cronJobs), intervals: entriesOf(found.intervals) } as NestOrchestrator;
}

function entriesOf(entries: unknown): Record<string, unknown> {
  if (!isObject(entries)) return {};
  return Object.fromEntries(
    Object.entries(entries).filter(([name, entry]) => isText(name) && isObject(entry)),
  );
}
