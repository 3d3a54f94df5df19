import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { toMillisecondsWithin, type Duration } from '../values/duration.js';
import { refuseUnknownOptions } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import { spans } from './retry/policy.js';
import { checkJson, type CheckedJson } from '../values/json/json-check.js';
import { isTextList } from '../values/readers.js';

/** Which of two equal jobs is kept. */
export type UniqueMode = 'first' | 'replace' | 'last';

/**
 * Allows only one job of a class per key in one queue. A later job is a `duplicate`, and its receipt has the id of the
 * existing job.
 */
export type UniqueOptions<Field extends string = string> = (FirstOrReplace | Last) & {
  /**
   * The part of the payload that makes two jobs equal: names of fields, or a function that returns a JSON value. The function
   * receives a copy of the caller's payload, before enqueue middleware changes it.
   * @default the whole payload
   */
  // `any`, because each job has its own payload type. `perform` does the same.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly by?: readonly Field[] | ((payload: any) => unknown);
};

interface FirstOrReplace {
  /**
   * - `first`: the later job is a duplicate, and is not enqueued.
   * - `replace`: the later job replaces the waiting one, with its own payload and delay. This is a debounce. Use it with
   *   `until: 'start'`.
   * @default 'first'
   */
  readonly mode?: 'first' | 'replace';
  /**
   * When a later job may be enqueued: `start` means after the first start of the job, and `done` after it has completed, died,
   * or was discarded or cancelled.
   * @default 'done'
   */
  readonly until?: 'start' | 'done';
  /**
   * How long the job blocks later jobs at most, from the time that it is due. Limits how long a job that hangs blocks others.
   * @default no limit
   */
  readonly for?: Duration;
}

interface Last {
  /** - `last`: works as `replace`. Also keeps the last job that is enqueued while another one runs, and runs it afterwards. */
  readonly mode: 'last';
  readonly until?: 'done';
  readonly for?: never;
}

/** `UniqueOptions` with all defaults and with checked values. */
export interface UniquePlan {
  readonly by: UniqueOptions['by'];
  /** In milliseconds. */
  readonly for: number | undefined;
  readonly until: 'start' | 'done';
  readonly mode: UniqueMode;
}

/** The unique lock of one job, as the store receives it. */
export interface UniqueLock {
  readonly key: string;
  /** From the enqueue, in milliseconds. */
  readonly ttl: number | undefined;
  readonly until: 'start' | 'done';
  readonly mode: UniqueMode;
}

/** The most bytes of JSON that a function may return. Far fewer are enough to distinguish two payloads. */
const mostPicked = 1024 * 1024;
const modes: readonly UniqueMode[] = ['first', 'replace', 'last'];

const optionNames = { by: true, for: true, until: true, mode: true } satisfies Record<
  keyof UniqueOptions,
  true
>;

/**
 * @param given `true` for the defaults
 * @param who the owner of the options, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function planUnique(given: UniqueOptions | true, who: string): UniquePlan {
  const options = given === true ? {} : given;
  if (typeof options !== 'object' || options === null)
    throw invalidOption(
      `${who}: unique is ${inspect(given)}. Use true, false or an object, such as { by: ['id'] }.`,
    );
  refuseUnknownOptions(options, optionNames, `${who}: unique`);
  const { by, until = 'done', mode = 'first' } = options;
  if (until !== 'start' && until !== 'done')
    throw invalidOption(`${who}: unique.until is ${JSON.stringify(until)}. Use 'start' or 'done'.`);
  if (!modes.includes(mode))
    throw invalidOption(`${who}: unique.mode is ${JSON.stringify(mode)}. Use 'first', 'replace' or 'last'.`);
  if (by !== undefined && typeof by !== 'function' && !isTextList(by))
    throw invalidOption(
      `${who}: unique.by is ${inspect(by)}. Use names of fields, such as ['id'], or a function.`,
    );
  if (Array.isArray(by) && by.length === 0)
    throw invalidOption(
      `${who}: unique.by is empty, so all jobs would be equal. Name a field, or remove unique.by.`,
    );
  if (mode === 'last' && (until === 'start' || options.for !== undefined)) {
    throw invalidOption(
      `${who}: unique.mode 'last' waits until the running job is done, so ${until === 'start' ? "until: 'start'" : 'for'} conflicts with it. Remove one of them.`,
    );
  }
  const duration = options.for;
  return {
    by,
    until,
    mode,
    for: duration === undefined ? undefined : toMillisecondsWithin(spans, duration, `${who}: unique.for`),
  };
}

/**
 * Returns the lock of one job.
 *
 * @param given the caller's payload, before middleware changed it
 * @throws FledgeError `FLEDGE_OPTION_INVALID` if `by` names a field that the payload does not have
 */
export function lockOf(plan: UniquePlan, name: string, given: CheckedJson, delay: number): UniqueLock {
  const picked = JSON.stringify(sorted(pick(plan.by, name, given)));
  return {
    // A hash, because keys are short and visible to more people than payloads.
    key: createHash('sha256').update(`${name}\n${picked}`).digest('base64url').slice(0, 32),
    ttl: plan.for === undefined ? undefined : delay + plan.for,
    until: plan.until,
    mode: plan.mode,
  };
}

function pick(by: UniqueOptions['by'], name: string, { value, text }: CheckedJson): unknown {
  if (by === undefined) return value;
  // The function may keep or change its argument, so it receives a copy. Its result is not checked yet.
  if (typeof by === 'function') return checked(by(text === undefined ? undefined : JSON.parse(text)), name);
  return by.map((field) => {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, field))
      return Reflect.get(value, field);
    throw invalidOption(
      `${name} is unique by "${field}", but this payload does not have it, so it would equal all other payloads without it. Set the field, or correct unique.by.`,
    );
  });
}

/** A value that JSON changes, such as a Map, would equal all other values of its class. */
function checked(picked: unknown, name: string): unknown {
  const check = checkJson(picked, 'its result', mostPicked);
  if (check.state === 'checked' && check.value !== undefined) return check.value;
  const why =
    check.state === 'unsafe'
      ? `${check.unsafe.path} ${check.unsafe.problem}`
      : `its result ${check.state === 'checked' ? 'is undefined' : `has more than ${mostPicked} bytes of JSON`}`;
  throw invalidOption(
    `The function unique.by of ${name} does not distinguish payloads: ${why}. Return text or numbers from unique.by.`,
  );
}

/** Sorts the keys of objects, so that their order makes no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}
