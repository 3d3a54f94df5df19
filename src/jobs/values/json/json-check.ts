import { FledgeError } from '../errors.js';
import { copyJson } from './json-copy.js';
import type { UnsafeValue } from './unsafe-value.js';

export { isPlain } from './json-copy.js';
export type { UnsafeValue } from './unsafe-value.js';

/** A value that JSON keeps unchanged. */
export interface CheckedJson<Value = unknown> {
  readonly state: 'checked';
  /** A copy. The caller has no reference to it. */
  readonly value: Value;
  /** The copy as JSON. Undefined if the value is undefined. */
  readonly text: string | undefined;
  /** The size of the text in bytes. */
  readonly size: number;
}

export type JsonCheck<Value = unknown> =
  | CheckedJson<Value>
  | { readonly state: 'unsafe'; readonly unsafe: UnsafeValue }
  | { readonly state: 'too large' };

/**
 * Reads a value once and turns it into JSON. Never throws.
 *
 * @param root the name of the value in paths
 */
export function checkJson<Value>(value: Value, root: string, mostBytes: number): JsonCheck<Value> {
  if (value === undefined) return { state: 'checked', value, text: undefined, size: 0 };
  const copy = copyJson(value, root, mostBytes);
  if (copy.state !== 'copied') return copy;
  const text = textOf(copy.value);
  if (text === undefined) return { state: 'too large' };
  const size = Buffer.byteLength(text);
  if (size > mostBytes) return { state: 'too large' };
  // A copy has the type of the original, because values that JSON would change are refused.
  return { state: 'checked', value: copy.value as Value, text, size };
}

/** Returns undefined for more than half a gigabyte of JSON, because no string can be that long. */
function textOf(copy: unknown): string | undefined {
  try {
    return JSON.stringify(copy);
  } catch {
    return undefined;
  }
}

/**
 * Returns the first value that JSON would lose, change or turn into an attack, or undefined if there is none. Accepts
 * `undefined` properties, because JSON drops them. Has no size limit, so use it only for values that were parsed from JSON.
 */
export function findUnsafe(value: unknown, path = 'payload'): UnsafeValue | undefined {
  if (value === undefined) return undefined;
  const copy = copyJson(value, path, Infinity, true);
  return copy.state === 'unsafe' ? copy.unsafe : undefined;
}

/** How large a payload may be, in bytes of JSON. */
export interface PayloadLimits {
  readonly warn: number;
  readonly refuse: number;
}

/** A job, for messages. */
interface NamedJob {
  readonly name: string;
  /** For a job that delivers a mail: its mailer and action. The caller's payload is then the field `payload` of the payload. */
  readonly subject?: string | undefined;
}

/**
 * Reads a payload once. Only the returned text and copy are used afterwards.
 *
 * @param named the job or its name, for the message
 * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
 */
export function checkPayload(
  named: string | NamedJob,
  payload: unknown,
  { refuse }: PayloadLimits,
): CheckedJson {
  const { name, subject }: NamedJob = typeof named === 'string' ? { name: named } : named;
  const job = subject ?? name;
  const check = checkJson(payload, 'payload', refuse);
  switch (check.state) {
    case 'checked':
      return check;
    case 'unsafe':
      throw new FledgeError(
        'FLEDGE_PAYLOAD_INVALID',
        `${job} was not enqueued: ${subject === undefined ? check.unsafe.path : check.unsafe.path.replace(/^payload\./, '')} ${check.unsafe.problem}.`,
      );
    case 'too large':
      throw new FledgeError(
        'FLEDGE_PAYLOAD_TOO_LARGE',
        `${job} was not enqueued: its payload has more than ${refuse} bytes of JSON. Store the data and send its id, or raise payloadLimit.refuse in JobsModule.forRoot.`,
      );
  }
}
