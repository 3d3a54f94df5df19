import { Injectable, type LoggerService, type ScopeOptions, type Type } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import type { JobLogLevel } from '../values/log-level.js';
import type { Jsonable } from '../values/json/json.js';
import type { JobNotes, JsonValue } from './notes.js';
import type { PolicyOptions } from './retry/policy.js';
import type { ScheduleOptions, Unscheduled } from './schedule/timing.js';
import type { UniqueOptions } from './unique.js';

export type JobOptions<Field extends string = string> = PolicyOptions & OwnOptions<Field>;

interface OwnOptions<Field extends string> {
  /**
   * The name that is stored with each job and found again by the worker. Give one before you rename a class, or keep
   * the old name in `aliases`: jobs that wait under a name that no class has are parked, then killed.
   * @default the class's name
   */
  readonly name?: string;
  /** Former names: jobs stored under them are run by this class. @default [] */
  readonly aliases?: readonly string[];
  /** A queue declared in `JobsModule.forRoot({ queues })`. @default 'default' */
  readonly queue?: string;
  /** No two of these jobs with the same key at a time. @default any number */
  readonly unique?: UniqueOptions<Field>;
  /** 1 is first, 2,097,152 last; jobs without a priority come before all that have one. @default none */
  readonly priority?: number;
  /**
   * The least level of what is logged about these jobs, and by their `context.logger`: with `'warn'` a job says nothing
   * while all goes well. It can only make quieter, not louder, than the logger is.
   * @default everything
   */
  readonly logLevel?: JobLogLevel;
  /**
   * Shows the payload in the line at the end of a job: `true` for all of it, or a function that picks what may be seen.
   * Mind what your logs may hold.
   * @default false: nothing of it
   */
  // `any`, as with `perform`: the payload's type is each job's own.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly logPayload?: boolean | ((payload: any) => unknown);
}

/** What `perform` is given beside its payload. */
export interface JobContext {
  /** The same over all attempts of one job: use it as an idempotency key. */
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** Of a job that a schedule made: when it was meant to run. With the class, it is a key for this tick's work. */
  readonly tick?: Date | undefined;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** How many attempts there are in all; Infinity for a job with `retryFor`. */
  readonly attempts: number;
  /**
   * Aborts when the worker stops (reason `shutdown`, or `crash` after an uncaught exception), when it has lost the job to
   * another worker (`lease`), when the job's `timeout` is over (`timeout`), or when it was cancelled (`cancel`). Pass it to `fetch` and friends, or call `signal.throwIfAborted()` between steps; an interrupted job starts again elsewhere
   * and no attempt is spent. The abort's reason is a `JobAborted`.
   */
  readonly signal: AbortSignal;
  /** Nest's logger, with the job's name and id as its context. */
  readonly logger: LoggerService;
  /** What enqueue middleware put beside the payload. */
  readonly meta: Readonly<Record<string, string>>;
  /** What this job has noted so far, in this attempt or an earlier one. */
  readonly notes: JobNotes;
  /**
   * Notes something for this job's later attempts, and resolves once the store has it: that a step is done, how far it
   * came, an id that another system gave out. Notes outlive crashes, hand-backs, snoozes, moves and a retry from the dead
   * set; all of a job's together have 16 KiB at most. `undefined` removes a note. With `JobsService.perform` there are no
   * later attempts.
   *
   * @throws FledgeError `FLEDGE_NOTE_INVALID` for what is no JSON, or too large; what the store's trouble is, when the
   * store does not take it
   */
  readonly note: (key: string, value: JsonValue | undefined) => Promise<void>;
  /** Keeps a line with the job, for whoever looks at it later. */
  readonly log: (line: string) => Promise<void>;
  /** Tells how far the job is: a percentage, or any JSON object. */
  readonly progress: (value: number | object) => Promise<void>;
}

/** Any class with a `perform` method is a job once it is decorated; there is no base class. */
export interface Performable {
  // `any`, since a payload's type is each job's own and methods are checked in both directions here.
  // eslint-disable-next-line typescript/no-explicit-any
  perform(payload: any, context: JobContext): Promise<unknown>;
}

/** A job that a schedule can run by itself: its `perform` needs no payload. */
export interface SelfSufficient extends Performable {
  perform(payload: undefined, context: JobContext): Promise<unknown>;
}

type PerformParameters<J extends Performable> = Parameters<J['perform']>;

/** The payload that a job's `perform` takes. */
export type PayloadOf<J extends Performable> = PerformParameters<J>[0];

/** What a job's `perform` resolves to. */
export type ResultOf<J extends Performable> = Awaited<ReturnType<J['perform']>>;

type KeysOf<Payload> = Payload extends unknown ? keyof Payload : never;

/** The names of the fields of a job's payload. */
export type FieldsOf<J extends Performable> =
  unknown extends PayloadOf<J> ? string : Extract<KeysOf<NonNullable<PayloadOf<J>>>, string>;

/** What a class must be beside: nothing, or something that it cannot be and that names the trouble. */
type HasFields<J extends Performable, Field extends string> = string extends Field
  ? unknown
  : [Field] extends [FieldsOf<J>]
    ? unknown
    : { 'unique.by names a field that the payload does not have': Exclude<Field, FieldsOf<J>> };

/** The payload if it survives JSON, else a type that nothing fits and that names the trouble. */
export type SafePayload<J extends Performable> = [PayloadOf<J>] extends [Jsonable<PayloadOf<J>>]
  ? PayloadOf<J>
  : Jsonable<PayloadOf<J>>;

/** Whether `perform` can be called without a payload. */
type PayloadIsOptional<J extends Performable> =
  [] extends PerformParameters<J> ? true : [undefined] extends [PayloadOf<J>] ? true : false;

/** The arguments after the class: a payload as `perform` wants it, then `Rest`. */
export type PayloadArguments<J extends Performable, Rest extends unknown[]> =
  PayloadIsOptional<J> extends true
    ? [payload?: SafePayload<J>, ...rest: Rest]
    : [payload: SafePayload<J>, ...rest: Rest];

const jobKey = Symbol.for('nestjs-fledge:job');

/** What `@Job()` takes. */
type MarkOptions = JobOptions & (ScheduleOptions | Unscheduled);

type Decorates<J extends Performable, Field extends string> = <Own extends J>(
  // eslint-disable-next-line typescript/no-explicit-any
  target: (new (...dependencies: any[]) => Own) & HasFields<Own, Field>,
) => void;

/**
 * Makes a provider a job. Register the class in a module's `providers`, then send it with
 * `JobsService.enqueue(TheClass, payload)`. One whose `perform` needs no payload may have a schedule of its own; for
 * others there is `schedule()`, in `JobsModule.forRoot({ schedules })`.
 *
 * @example @Job({ cron: '0 3 * * *', timezone: 'Europe/Berlin' })
 * @throws FledgeError `FLEDGE_CIRCULAR_IMPORT` when a constructor parameter's class was not loaded yet
 */
export function Job<const Field extends string = never>(
  options?: JobOptions<Field> & Unscheduled,
): Decorates<Performable, Field>;
export function Job<const Field extends string = never>(
  // The store makes the jobs of ticks, and gives them no lock.
  options: JobOptions<Field> & ScheduleOptions & { readonly unique?: never },
): Decorates<SelfSufficient, Field>;
export function Job(options: MarkOptions = {}) {
  return (target: Type<Performable>): void => {
    makeInjectable(target);
    Reflect.defineMetadata(jobKey, options, target);
  };
}

/** The options that `@Job()` was given, or undefined for a class without it. Subclasses do not inherit them. */
export function jobOptionsOf(target: unknown): MarkOptions | undefined {
  return typeof target === 'function' ? (Reflect.getOwnMetadata(jobKey, target) as MarkOptions) : undefined;
}

/** `@Injectable()` for a decorator that implies it; keeps the scope that an `@Injectable()` below it gave. */
export function makeInjectable(target: Type | (new (...dependencies: never[]) => object)): void {
  refuseCircularImport(target as Type);
  const scope = Reflect.getOwnMetadata('scope:options', target) as ScopeOptions | undefined;
  Injectable(scope)(target as Type);
}

/**
 * Two files that import each other leave a hole where the one class needs the other, which Nest would report as "(?)".
 */
function refuseCircularImport(target: Type): void {
  const parameters = (Reflect.getOwnMetadata('design:paramtypes', target) ?? []) as unknown[];
  const injected = (Reflect.getOwnMetadata('self:paramtypes', target) ?? []) as { index: number }[];
  const hole = parameters.findIndex(
    (type, i) => type === undefined && !injected.some(({ index }) => index === i),
  );
  if (hole === -1) return;
  throw new FledgeError(
    'FLEDGE_CIRCULAR_IMPORT',
    `${target.name}'s constructor parameter ${hole + 1} has no type at run time: its file and the other class's file import each other, and the other was not loaded yet. Write @Inject(forwardRef(() => TheOtherClass)) before the parameter, or let the job's file import nothing that imports it.`,
  );
}
