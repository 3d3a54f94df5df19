import { planBackoff, type Backoff, type BackoffPlan } from './backoff.js';
import { DiscardJob, KillJob, SnoozeJob } from './control-errors.js';
import { FledgeError } from '../../values/errors.js';
import { positiveInteger } from '../../values/positive-integer.js';

/** Any class of errors. */
export type ErrorClass = abstract new (...parameters: never[]) => Error;

export interface RetryRule {
  /** The class, subclasses included, or several that share one count. The class nearest to the error's own decides. */
  readonly error: ErrorClass | readonly ErrorClass[];
  /**
   * How many attempts may end with such an error; the last of them is final. They are counted apart: others do not count
   * here, and these not among the job's own.
   * @default the job's own `attempts` or `retryFor`
   */
  readonly attempts?: number;
  /** The wait before the next attempt, in any form that `backoff` takes. @default the job's own `backoff` */
  readonly delay?: Backoff;
}

/** What is to be done about an error. */
export type ErrorRule =
  | { readonly kind: 'discard' }
  | {
      readonly kind: 'retry';
      /** Under which its failures are counted. */
      readonly key: string;
      readonly attempts: number | undefined;
      readonly delay: BackoffPlan | undefined;
    };

const discard: ErrorRule = { kind: 'discard' };

/** The two lists of a job. */
export interface RuleLists {
  readonly retryOn?: readonly RetryRule[];
  readonly discardOn?: readonly ErrorClass[];
}

const controlErrors: ReadonlySet<unknown> = new Set([DiscardJob, KillJob, SnoozeJob]);

/** `retryOn` and `discardOn` of a job, ready to be asked about an error. */
export class ErrorRules {
  private readonly rules = new Map<unknown, ErrorRule>();

  private readonly keys = new Set<string>();

  /**
   * @param own the class's own lists
   * @param defaults the application's, each in place of a list that the class does not have; the class's word on an error wins
   * @param who whose they are, for the message
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  constructor(
    own: RuleLists,
    defaults: RuleLists,
    private readonly who: string,
  ) {
    this.addLists(own, false);
    const { retryOn, discardOn } = defaults;
    this.addLists(
      {
        ...(own.retryOn || !retryOn ? {} : { retryOn }),
        ...(own.discardOn || !discardOn ? {} : { discardOn }),
      },
      true,
    );
  }

  /** The rule for the error's own class, or the nearest above it. */
  match(error: Error): ErrorRule | undefined {
    if (this.rules.size === 0) return undefined;
    for (let proto: unknown = Object.getPrototypeOf(error); proto; proto = Object.getPrototypeOf(proto)) {
      const rule = this.rules.get((proto as { constructor: unknown }).constructor);
      if (rule) return rule;
    }
    return undefined;
  }

  private addLists({ retryOn = [], discardOn = [] }: RuleLists, yields: boolean): void {
    const named = new Set(yields ? this.rules.keys() : []);
    const add = (error: ErrorClass, rule: ErrorRule, where: string): void => {
      if (!named.has(error)) this.add(error, rule, where);
    };
    retryOn.forEach((rule, i) => this.addRetry(rule, `retryOn[${i}]`, add));
    discardOn.forEach((error, i) => add(error, discard, `discardOn[${i}]`));
  }

  private addRetry(
    { error, attempts, delay }: RetryRule,
    where: string,
    add: (error: ErrorClass, rule: ErrorRule, where: string) => void,
  ): void {
    const errors = isClass(error) ? [error] : error;
    const place = `${this.who}: ${where}`;
    if (!Array.isArray(errors) || errors.length === 0) throw noClass(place, error);
    const rule: ErrorRule = {
      kind: 'retry',
      key: this.keyOf(errors),
      attempts: attempts === undefined ? undefined : positiveInteger(attempts, `${place}.attempts`),
      delay: delay === undefined ? undefined : planBackoff(delay, `${place}.delay`),
    };
    for (const one of errors as ErrorClass[]) add(one, rule, where);
  }

  /** Two classes may have the same name. */
  private keyOf(errors: readonly ErrorClass[]): string {
    const names = errors.map((error) => String(error?.name)).join('|');
    let key = names;
    for (let i = 2; this.keys.has(key); i++) key = `${names} ${i}`;
    this.keys.add(key);
    return key;
  }

  private add(error: ErrorClass, rule: ErrorRule, where: string): void {
    if (!isClass(error)) throw noClass(`${this.who}: ${where}`, error);
    if (controlErrors.has(error)) {
      throw new FledgeError(
        'FLEDGE_OPTION_INVALID',
        `${this.who}: ${where} is ${error.name}, which says itself what becomes of the job. Leave it out.`,
      );
    }
    if (this.rules.has(error)) {
      throw new FledgeError(
        'FLEDGE_OPTION_INVALID',
        `${this.who}: retryOn and discardOn name ${error.name} twice (again in ${where}), so what it means is unclear. Name it once.`,
      );
    }
    this.rules.set(error, rule);
  }
}

function isClass(value: unknown): value is ErrorClass {
  return (
    typeof value === 'function' &&
    (value === Error || (value as { prototype?: unknown }).prototype instanceof Error)
  );
}

function noClass(where: string, value: unknown): FledgeError {
  const hint = value === undefined ? ' (undefined: do its file and the error’s file import each other?)' : '';
  return new FledgeError(
    'FLEDGE_OPTION_INVALID',
    `${where} is no class of errors${hint}. Give one: [TimeoutError].`,
  );
}
