import { createHash } from 'node:crypto';
import { toMillisecondsWithin, type Duration } from '../values/duration.js';
import { invalidOption } from '../values/errors.js';
import { spans } from './retry/policy.js';
import { checkJson, type CheckedJson } from '../values/json/json-check.js';

/** Which later job wins. */
export type UniqueMode = 'first' | 'replace' | 'last';

/**
 * No two jobs of a class with the same key at a time, in one queue. A later one is a `duplicate`, and its receipt has the
 * other's id.
 */
export type UniqueOptions<Field extends string = string> = (FirstOrReplace | Last) & {
  /**
   * What makes two payloads the same: some fields of theirs, or a function that picks something JSON from a copy of the
   * payload. It is the caller's payload, whatever enqueue middleware makes of it.
   * @default the whole payload
   */
  // `any`, as with `perform`: the payload's type is each job's own.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly by?: readonly Field[] | ((payload: any) => unknown);
};

interface FirstOrReplace {
  /**
   * `first`: the later one is the duplicate. `replace`: it takes the place of one that waits, with its own payload and delay
   * (a debounce, best with `until: 'start'`).
   * @default 'first'
   */
  readonly mode?: 'first' | 'replace';
  /** Until the job starts for the first time, or until it is done: completed, dead, discarded or cancelled. @default 'done' */
  readonly until?: 'start' | 'done';
  /**
   * How long it lasts at most, counted from when the job is due: a job that hangs blocks no longer than this.
   * @default as long as `until` says
   */
  readonly for?: Duration;
}

interface Last {
  /** As `replace`; and while one runs, the last of the later ones is kept, to follow it. */
  readonly mode: 'last';
  readonly until?: 'done';
  readonly for?: never;
}

/** The same with every default filled in and every value checked. */
export interface UniquePlan {
  readonly by: UniqueOptions['by'];
  /** Milliseconds. */
  readonly for: number | undefined;
  readonly until: 'start' | 'done';
  readonly mode: UniqueMode;
}

/** What the store is told about one job. */
export interface UniqueLock {
  readonly key: string;
  /** Milliseconds from the add. */
  readonly ttl: number | undefined;
  readonly until: 'start' | 'done';
  readonly mode: UniqueMode;
}

/** Bytes of JSON that a function may pick: far more than tell two payloads apart. */
const mostPicked = 1024 * 1024;
const modes: readonly UniqueMode[] = ['first', 'replace', 'last'];

/**
 * @param who whose options they are, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function planUnique(options: UniqueOptions, who: string): UniquePlan {
  const { by, until = 'done', mode = 'first' } = options;
  if (until !== 'start' && until !== 'done')
    throw invalidOption(`${who}: unique.until is ${JSON.stringify(until)}. Give 'start' or 'done'.`);
  if (!modes.includes(mode))
    throw invalidOption(`${who}: unique.mode is ${JSON.stringify(mode)}. Give 'first', 'replace' or 'last'.`);
  if (Array.isArray(by) && by.length === 0)
    throw invalidOption(
      `${who}: unique.by is empty, so that all its jobs would be the same. Name a field, or leave it out.`,
    );
  if (mode === 'last' && (until === 'start' || options.for !== undefined)) {
    throw invalidOption(
      `${who}: unique.mode 'last' waits for the one that runs, so ${until === 'start' ? "until: 'start'" : 'for'} contradicts it. Leave it out.`,
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
 * @param given the payload as the caller gave it, whatever middleware has made of it
 * @throws FledgeError `FLEDGE_OPTION_INVALID` when `by` names what the payload does not have
 */
export function lockOf(plan: UniquePlan, name: string, given: CheckedJson, delay: number): UniqueLock {
  const picked = JSON.stringify(sorted(pick(plan.by, name, given)));
  return {
    // Short, whatever the payload, and without its contents: keys are seen by more people.
    key: createHash('sha256').update(`${name}\n${picked}`).digest('base64url').slice(0, 32),
    ttl: plan.for === undefined ? undefined : delay + plan.for,
    until: plan.until,
    mode: plan.mode,
  };
}

function pick(by: UniqueOptions['by'], name: string, { value, text }: CheckedJson): unknown {
  if (by === undefined) return value;
  // The function may keep or change what it is given, so it gets a copy. What it picks is not checked yet.
  if (typeof by === 'function') return checked(by(text === undefined ? undefined : JSON.parse(text)), name);
  return by.map((field) => {
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, field))
      return (value as Record<string, unknown>)[field];
    throw invalidOption(
      `${name} is unique by "${field}", which this payload does not have, so that it would be the same as every other without it. Give it, or correct unique.by.`,
    );
  });
}

/** A value that JSON changes, a Date for instance, would be the same as any other of its kind. */
function checked(picked: unknown, name: string): unknown {
  const check = checkJson(picked, 'its result', mostPicked);
  if (check.state === 'checked' && check.value !== undefined) return check.value;
  const why =
    check.state === 'unsafe'
      ? `${check.unsafe.path} ${check.unsafe.problem}`
      : `its result ${check.state === 'checked' ? 'is undefined' : `has more than ${mostPicked} bytes of JSON`}`;
  throw invalidOption(
    `${name} has a function unique.by that does not tell payloads apart: ${why}. Pick text or numbers in unique.by.`,
  );
}

/** The order in which an object's keys were written makes no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}
