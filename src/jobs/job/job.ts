import { Injectable, type LoggerService, type ScopeOptions, type Type } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import type { JobLogLevel } from '../values/log-level.js';
import type { Jsonable } from '../values/json/json.js';
import type { JobNotes, JsonValue } from './notes.js';
import { policyOptionNames, type PolicyOptions } from './retry/policy.js';
import type { ScheduleOptions, Unscheduled } from './schedule/timing.js';
import type { UniqueOptions } from './unique.js';

export type JobOptions<Field extends string = string> = PolicyOptions & OwnOptions<Field>;

interface OwnOptions<Field extends string> {
  /**
   * The name that is stored with each job. The worker finds the class by this name. Set it before you rename a class, or add
   * the old name to `aliases`. Jobs under a name that no class has are delayed, and killed after a day.
   * @default the class's name
   */
  readonly name?: string;
  /** Former names. Jobs that are stored under them are run by this class. @default [] */
  readonly aliases?: readonly string[];
  /** A queue declared in `JobsModule.forRoot({ queues })`. @default 'default' */
  readonly queue?: string;
  /** Allows only one pending or running job per key. `true` makes the whole payload the key. @default false */
  readonly unique?: UniqueOptions<Field> | boolean;
  /** From 1, which runs first, to 2,097,152. Jobs without a priority run before all jobs with one. @default none */
  readonly priority?: number;
  /**
   * The minimum level of log lines about these jobs, and of `context.logger`. With `'warn'`, successful jobs log nothing. It
   * can lower the logger's verbosity, not raise it.
   * @default all levels
   */
  readonly logLevel?: JobLogLevel;
  /**
   * Logs the payload in the line at the end of a job: `true` for the whole payload, or a function that returns the part to
   * log. Do not log personal data or secrets.
   * @default false
   */
  // `any`, because each job has its own payload type. `perform` does the same.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly logPayload?: boolean | ((payload: any) => unknown);
}

/** The second argument of `perform`. */
export interface JobContext {
  /** The job's id. It is the same for all attempts, so you can use it as an idempotency key. */
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** The time that a schedule planned for the job. Class and tick together are an idempotency key for this run. */
  readonly tick?: Date | undefined;
  /** The number of this attempt. The first is 1. */
  readonly attempt: number;
  /** How many attempts the job has in all. Infinity for a job with `retryFor`. */
  readonly attempts: number;
  /**
   * Aborts with a `JobAborted`, for one of these reasons:
   * - `shutdown`: the worker stops.
   * - `crash`: the worker stops because of an uncaught exception.
   * - `lease`: another worker may have taken over the job.
   * - `timeout`: the job's `timeout` is over.
   * - `cancel`: the job was cancelled.
   *
   * Pass it to `fetch` and other APIs, or call `signal.throwIfAborted()` between steps. A job that a shutdown interrupts starts
   * again on another worker, and no attempt is spent.
   */
  readonly signal: AbortSignal;
  /** Nest's logger. Its context is the job's name and id. */
  readonly logger: LoggerService;
  /** The values that enqueue middleware stored next to the payload. */
  readonly meta: Readonly<Record<string, string>>;
  /** The job's notes from this attempt and earlier ones. */
  readonly notes: JobNotes;
  /**
   * Stores a note for this job's later attempts, and resolves once the store has it. Note that a step is done, for example,
   * or the id that another system returned. Notes survive crashes, shutdowns, snoozes, moves and a retry from the dead set.
   * All notes of a job together may have 16 KiB. `undefined` removes a note. With `JobsService.perform` there are no later
   * attempts.
   *
   * @throws FledgeError `FLEDGE_NOTE_INVALID` if the value is not valid JSON, or too large. `FLEDGE_STORE_…` if the store
   * does not accept the note
   */
  readonly note: (key: string, value: JsonValue | undefined) => Promise<void>;
  /**
   * Stores a log line with the job. `JobsInspector.logs` returns these lines. A line above `resultLimit.keep` is cut.
   */
  readonly log: (line: string) => Promise<void>;
  /** Stores the job's progress: a percentage, or any JSON object. One above `resultLimit.keep` is not stored. */
  readonly progress: (value: number | object) => Promise<void>;
}

/**
 * What a request-scoped job, and a provider that it depends on, receives as `REQUEST`. The application's `ContextIdStrategy`
 * receives it too, in place of an HTTP request.
 */
export interface JobRequest<Payload = unknown> extends JobContext {
  readonly payload: Payload;
}

/** Any class with a `perform` method is a job once it has `@Job()`. There is no base class. */
export interface Performable {
  // `any`, because each job has its own payload type, and TypeScript checks method parameters in both directions.
  // eslint-disable-next-line typescript/no-explicit-any
  perform(payload: any, context: JobContext): Promise<unknown>;
}

/** A job whose `perform` needs no payload, so a schedule can run it. */
export interface SelfSufficient extends Performable {
  perform(payload: undefined, context: JobContext): Promise<unknown>;
}

type PerformParameters<J extends Performable> = Parameters<J['perform']>;

/** The payload that a job's `perform` takes. */
export type PayloadOf<J extends Performable> = PerformParameters<J>[0];

/** The type that a job's `perform` resolves to. */
export type ResultOf<J extends Performable> = Awaited<ReturnType<J['perform']>>;

type KeysOf<Payload> = Payload extends unknown ? keyof Payload : never;

/** The names of the fields of a job's payload. */
export type FieldsOf<J extends Performable> =
  unknown extends PayloadOf<J> ? string : Extract<KeysOf<NonNullable<PayloadOf<J>>>, string>;

/** Adds nothing to the type of a class whose fields exist. Otherwise adds a type that no class has and that names the problem. */
type HasFields<J extends Performable, Field extends string> = string extends Field
  ? unknown
  : [Field] extends [FieldsOf<J>]
    ? unknown
    : { 'unique.by names a field that the payload does not have': Exclude<Field, FieldsOf<J>> };

/** The payload type if JSON keeps it unchanged. Otherwise a type that says in words what JSON changes, and where. */
export type SafePayload<J extends Performable> = [PayloadOf<J>] extends [Jsonable<PayloadOf<J>>]
  ? PayloadOf<J>
  : Jsonable<PayloadOf<J>>;

/** `true` if `perform` can be called without a payload. */
type PayloadIsOptional<J extends Performable> =
  [] extends PerformParameters<J> ? true : [undefined] extends [PayloadOf<J>] ? true : false;

/** The arguments after the class: the payload that `perform` takes, then `Rest`. */
export type PayloadArguments<J extends Performable, Rest extends unknown[]> =
  PayloadIsOptional<J> extends true
    ? [payload?: SafePayload<J>, ...rest: Rest]
    : [payload: SafePayload<J>, ...rest: Rest];

const jobKey = Symbol.for('nestjs-fledge:job');

/** The options of `@Job()`. */
type DecoratorOptions = JobOptions & (ScheduleOptions | Unscheduled);

/** The names of the options of `@Job()`. */
export const jobOptionNames = {
  ...policyOptionNames,
  name: true,
  aliases: true,
  queue: true,
  unique: true,
  priority: true,
  logLevel: true,
  logPayload: true,
  cron: true,
  timezone: true,
  every: true,
  missed: true,
  overlap: true,
} satisfies Record<keyof DecoratorOptions, true>;

type Decorates<J extends Performable, Field extends string> = <Own extends J>(
  // eslint-disable-next-line typescript/no-explicit-any
  target: (new (...dependencies: any[]) => Own) & HasFields<Own, Field>,
) => void;

/**
 * Makes a provider a job. Register the class in a module's `providers`, then enqueue it with
 * `JobsService.enqueue(TheClass, payload)`. A class whose `perform` needs no payload may have a schedule here. For other
 * classes use `schedule()` in `JobsModule.forRoot({ schedules })`.
 *
 * @example @Job({ cron: '0 3 * * *', timezone: 'Europe/Berlin' })
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` if the class of a constructor parameter was not loaded yet
 */
export function Job<const Field extends string = never>(
  options?: JobOptions<Field> & Unscheduled,
): Decorates<Performable, Field>;
export function Job<const Field extends string = never>(
  // The store makes the jobs of a schedule, and unique locks do not apply to them.
  options: JobOptions<Field> & ScheduleOptions & { readonly unique?: false },
): Decorates<SelfSufficient, Field>;
export function Job(options: DecoratorOptions = {}) {
  return (target: Type<Performable>): void => {
    makeInjectable(target);
    Reflect.defineMetadata(jobKey, options, target);
  };
}

/** Returns the options of a class's `@Job()`, or undefined for a class without it. Subclasses do not inherit them. */
export function jobOptionsOf(target: unknown): DecoratorOptions | undefined {
  return typeof target === 'function' ? Reflect.getOwnMetadata(jobKey, target) : undefined;
}

/** Applies `@Injectable()` for a decorator that implies it. Keeps the scope of an `@Injectable()` below the decorator. */
export function makeInjectable(target: Type | (new (...dependencies: never[]) => object)): void {
  refuseCircularImport(target);
  const scope: ScopeOptions | undefined = Reflect.getOwnMetadata('scope:options', target);
  Injectable(scope)(target);
}

/** If two files import each other, the type of a constructor parameter can be undefined. Nest would report it as "(?)". */
function refuseCircularImport(target: { readonly name: string }): void {
  const parameters: unknown[] = Reflect.getOwnMetadata('design:paramtypes', target) ?? [];
  const injected: { index: number }[] = Reflect.getOwnMetadata('self:paramtypes', target) ?? [];
  const hole = parameters.findIndex(
    (type, i) => type === undefined && !injected.some(({ index }) => index === i),
  );
  if (hole === -1) return;
  throw new FledgeError(
    'FLEDGE_CIRCULAR_IMPORT',
    `${target.name}'s constructor parameter ${hole + 1} has no type at run time: its file and the other class's file import each other, and the other was not loaded yet. Use @Inject(forwardRef(() => TheOtherClass)) before the parameter, or break the import cycle.`,
  );
}
