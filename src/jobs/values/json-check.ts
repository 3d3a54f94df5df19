import { FledgeError } from '../errors.js';

export interface UnsafeValue {
  /** Where: `payload.user.born`. */
  readonly path: string;
  /** What is wrong there and the way out, as the rest of a sentence. */
  readonly problem: string;
}

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const maxDepth = 100;

/**
 * The first value that JSON would lose, change or turn into an attack, or undefined if there is none.
 * `undefined` properties are fine: they are dropped, as JSON does.
 */
export function findUnsafe(value: unknown, path = 'payload', depth = 0): UnsafeValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      if (Number.isFinite(value)) return undefined;
      return { path, problem: `is ${value}, which JSON turns into null. Send null, or leave it out` };
    case 'bigint':
      return { path, problem: 'is a bigint, which JSON does not know. Send String(value)' };
    case 'object':
      if (value === null) return undefined;
      if (depth > maxDepth)
        return { path, problem: `is nested deeper than ${maxDepth} levels, or contains itself` };
      return Array.isArray(value) ? unsafeElement(value, path, depth) : unsafeProperty(value, path, depth);
    default:
      return { path, problem: `is a ${typeof value}, which JSON drops. Leave it out` };
  }
}

function unsafeElement(array: readonly unknown[], path: string, depth: number): UnsafeValue | undefined {
  for (let i = 0; i < array.length; i++) {
    if (array[i] === undefined) {
      return {
        path: `${path}[${i}]`,
        problem: 'is undefined, which JSON turns into null. Send null, or filter it out',
      };
    }
    const unsafe = findUnsafe(array[i], `${path}[${i}]`, depth + 1);
    if (unsafe) return unsafe;
  }
  return undefined;
}

function unsafeProperty(object: object, path: string, depth: number): UnsafeValue | undefined {
  if (!isPlain(object)) return { path, problem: describeInstance(object) };
  for (const key of Object.keys(object)) {
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    if (forbiddenKeys.has(key)) {
      return { path: at, problem: 'is a key that can change what other objects are. Rename it' };
    }
    const unsafe = findUnsafe((object as Record<string, unknown>)[key], at, depth + 1);
    if (unsafe) return unsafe;
  }
  return undefined;
}

/** Not compared with `Object.prototype`: a test runner's realm has another one. */
export function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describeInstance(object: object): string {
  if (object instanceof Date) return 'is a Date, which would arrive as a string. Send value.toISOString()';
  if (object instanceof Map)
    return 'is a Map, which JSON empties. Send Object.fromEntries(value) or [...value]';
  if (object instanceof Set) return 'is a Set, which JSON empties. Send [...value]';
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) {
    return 'is binary data. Store it (a file, a table, S3) and send its id, or send a base64 string if it is small';
  }
  const name = (object as { constructor?: { name?: string } }).constructor?.name || 'class';
  return `is an instance of ${name}, which would arrive as a plain object without its methods. Send its id, or a plain object of the fields that the job needs`;
}

/** How large a payload may be, in bytes of JSON. */
export interface PayloadLimits {
  readonly warn: number;
  readonly refuse: number;
}

/**
 * @param job the job's name, for the message
 * @returns the payload's size in bytes of JSON
 * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
 */
export function checkPayload(job: string, payload: unknown, limits: PayloadLimits): number {
  const unsafe = findUnsafe(payload);
  if (unsafe) {
    throw new FledgeError(
      'FLEDGE_PAYLOAD_INVALID',
      `${job} was not enqueued: ${unsafe.path} ${unsafe.problem}.`,
    );
  }
  const size = payload === undefined ? 0 : Buffer.byteLength(JSON.stringify(payload));
  if (size > limits.refuse) {
    throw new FledgeError(
      'FLEDGE_PAYLOAD_TOO_LARGE',
      `${job} was not enqueued: its payload has ${size} bytes, the limit is ${limits.refuse}. Store the data and send its id, or raise payloadLimit in JobsModule.forRoot.`,
    );
  }
  return size;
}
