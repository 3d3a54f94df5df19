import { FledgeError } from '../errors.js';
import { copyJson, type UnsafeValue } from './json-copy.js';

export { isPlain, type UnsafeValue } from './json-copy.js';

/** A value that JSON carries unchanged. */
export interface CheckedJson {
  readonly state: 'checked';
  /** A copy that nobody else holds. */
  readonly value: unknown;
  /** The copy as JSON. Undefined where the value is. */
  readonly text: string | undefined;
  /** The size of the text in bytes. */
  readonly size: number;
}

export type JsonCheck =
  CheckedJson | { readonly state: 'unsafe'; readonly unsafe: UnsafeValue } | { readonly state: 'too large' };

const nothing: CheckedJson = { state: 'checked', value: undefined, text: undefined, size: 0 };

/**
 * Reads a value once and turns it into JSON. Never throws.
 *
 * @param root what the value is called in paths
 */
export function checkJson(value: unknown, root: string, mostBytes: number): JsonCheck {
  if (value === undefined) return nothing;
  const copy = copyJson(value, root, mostBytes);
  if (copy.state !== 'copied') return copy;
  const text = textOf(copy.value);
  if (text === undefined) return { state: 'too large' };
  const size = Buffer.byteLength(text);
  return size > mostBytes ? { state: 'too large' } : { state: 'checked', value: copy.value, text, size };
}

/** Undefined for more than half a gigabyte, which fits into no string. */
function textOf(copy: unknown): string | undefined {
  try {
    return JSON.stringify(copy);
  } catch {
    return undefined;
  }
}

/**
 * The first value that JSON would lose, change or turn into an attack, or undefined if there is none.
 * `undefined` properties are fine: they are dropped, as JSON does. Has no limit, so it is for values that were JSON before.
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

/**
 * Reads a payload once. Its text and its copy are all that is used of it afterwards.
 *
 * @param job the job's name, for the message
 * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
 */
export function checkPayload(job: string, payload: unknown, { refuse }: PayloadLimits): CheckedJson {
  const check = checkJson(payload, 'payload', refuse);
  switch (check.state) {
    case 'checked':
      return check;
    case 'unsafe':
      throw new FledgeError(
        'FLEDGE_PAYLOAD_INVALID',
        `${job} was not enqueued: ${check.unsafe.path} ${check.unsafe.problem}.`,
      );
    case 'too large':
      throw new FledgeError(
        'FLEDGE_PAYLOAD_TOO_LARGE',
        `${job} was not enqueued: its payload has more than ${refuse} bytes of JSON. Store the data and send its id, or raise payloadLimit.refuse in JobsModule.forRoot.`,
      );
  }
}
