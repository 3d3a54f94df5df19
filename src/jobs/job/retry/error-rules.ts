import { planBackoff, type Backoff, type BackoffPlan } from './backoff.js';
import { DiscardJob, KillJob, SnoozeJob } from './control-errors.js';
import { refuseUnknownOptions } from '../../values/did-you-mean.js';
import { type FledgeError, invalidOption } from '../../values/errors.js';
import { positiveInteger } from '../../values/positive-integer.js';

/** An error class. */
export type ErrorClass = abstract new (...parameters: never[]) => Error;

export interface RetryRule {
  /** An error class, or several that share one count. A rule also matches subclasses. The most specific matching class wins. */
  readonly error: ErrorClass | readonly ErrorClass[];
  /**
   * How many attempts may end with such an error. The last of them is final. The rule has its own counter: its errors do not use
   * up the job's own attempts, and other errors do not count here.
   * @default the job's own `attempts` or `retryFor`
   */
  readonly attempts?: number;
  /** The wait before the next attempt, in any form of `backoff`. @default the job's own `backoff` */
  readonly delay?: Backoff;
}

/** The compiled form of an entry in the lists. */
export type ErrorRule =
  | { readonly kind: 'discard' }
  | {
      readonly kind: 'retry';
      /** The name of its counter. */
      readonly key: string;
      readonly attempts: number | undefined;
      readonly delay: BackoffPlan | undefined;
    };

const ruleNames = { error: true, attempts: true, delay: true } satisfies Record<keyof RetryRule, true>;

const discard: ErrorRule = { kind: 'discard' };

/** The two lists of a job. */
export interface RuleLists {
  readonly retryOn?: readonly RetryRule[];
  readonly discardOn?: readonly ErrorClass[];
}

/** A class that a list names, with its rule. */
interface NamedError {
  readonly error: ErrorClass;
  readonly rule: ErrorRule;
  /** The entry of the list, for the message. */
  readonly where: string;
}

const controlErrors: ReadonlySet<unknown> = new Set([DiscardJob, KillJob, SnoozeJob]);

/** The compiled `retryOn` and `discardOn` of a job. */
export class ErrorRules {
  private readonly rules = new Map<unknown, ErrorRule>();

  private readonly keys = new Set<string>();

  /**
   * @param own the class's own lists
   * @param defaults the application's lists
   * @param who the owner of the lists, for the message
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(
    own: RuleLists,
    defaults: RuleLists,
    private readonly who: string,
  ) {
    this.addOwn(own);
    this.addInherited({
      ...(!own.retryOn && defaults.retryOn && { retryOn: defaults.retryOn }),
      ...(!own.discardOn && defaults.discardOn && { discardOn: defaults.discardOn }),
    });
  }

  /** The rule for the error's own class, or the nearest above it. */
  match(error: Error): ErrorRule | undefined {
    if (this.rules.size === 0) return undefined;
    for (
      let proto: object | null = Object.getPrototypeOf(error);
      proto;
      proto = Object.getPrototypeOf(proto)
    ) {
      const rule = this.rules.get(proto.constructor);
      if (rule) return rule;
    }
    return undefined;
  }

  private addOwn(lists: RuleLists): void {
    for (const named of this.read(lists)) this.add(named);
  }

  /** Adds the application's rules for errors that the class's own lists do not name. */
  private addInherited(lists: RuleLists): void {
    const own = new Set(this.rules.keys());
    for (const named of this.read(lists)) if (!own.has(named.error)) this.add(named);
  }

  private *read({ retryOn = [], discardOn = [] }: RuleLists): Generator<NamedError> {
    for (const [i, rule] of retryOn.entries()) yield* this.readRetry(rule, `retryOn[${i}]`);
    for (const [i, error] of discardOn.entries()) yield { error, rule: discard, where: `discardOn[${i}]` };
  }

  private *readRetry(given: RetryRule, where: string): Generator<NamedError> {
    const place = `${this.who}: ${where}`;
    refuseUnknownOptions(given, ruleNames, place);
    const { error, attempts, delay } = given;
    const errors = isClass(error) ? [error] : listOf(error);
    if (errors.length === 0) throw notErrorClass(place, error);
    const rule: ErrorRule = {
      kind: 'retry',
      key: this.keyOf(errors),
      attempts: attempts === undefined ? undefined : positiveInteger(attempts, `${place}.attempts`),
      delay: delay === undefined ? undefined : planBackoff(delay, `${place}.delay`),
    };
    for (const one of errors) yield { error: one, rule, where };
  }

  /** Two classes may have the same name. */
  private keyOf(errors: readonly ErrorClass[]): string {
    const names = errors.map((error) => String(error?.name)).join('|');
    let key = names;
    for (let i = 2; this.keys.has(key); i++) key = `${names} ${i}`;
    this.keys.add(key);
    return key;
  }

  private add({ error, rule, where }: NamedError): void {
    if (!isClass(error)) throw notErrorClass(`${this.who}: ${where}`, error);
    if (controlErrors.has(error)) {
      throw invalidOption(`${this.who}: ${where} is ${error.name}, which needs no rule. Remove it.`);
    }
    if (this.rules.has(error)) {
      throw invalidOption(
        `${this.who}: retryOn and discardOn name ${error.name} twice (again in ${where}). Name it once.`,
      );
    }
    this.rules.set(error, rule);
  }
}

function isClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}

/** Returns an empty list for a value that is not a list. JavaScript can pass one. */
function listOf(errors: readonly ErrorClass[]): readonly ErrorClass[] {
  return Array.isArray(errors) ? errors : [];
}

function notErrorClass(where: string, value: unknown): FledgeError {
  const hint =
    value === undefined
      ? ' (it is undefined: check whether its file and the error’s file import each other)'
      : '';
  return invalidOption(`${where} is not an error class${hint}. Pass a class, for example [TimeoutError].`);
}
