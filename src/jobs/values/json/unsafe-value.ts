import { asError } from '../errors.js';

/** A value that JSON would lose or change, with the words that describe it in an error message. */
export interface UnsafeValue {
  /** The path to the value, such as `payload.user.born`. */
  readonly path: string;
  /** What is wrong with the value and how to fix it, as the rest of a sentence. */
  readonly problem: string;
}

/** Returns `[object Object]` for plain objects and for instances of classes, and `[object Math]` for `Math`. */
export function tagOf(object: object): string {
  return Object.prototype.toString.call(object);
}

export function describeArray(array: readonly unknown[]): string {
  return `is an instance of ${nameOf(array)}, which would arrive as a plain array. Send [...value]`;
}

export function describeExtraKey(array: readonly unknown[]): string {
  const key = Object.keys(array).find((one) => !/^\d+$/.test(one));
  return key === undefined
    ? 'is an array whose elements change while they are read. Send [...value]'
    : `is an array that also has the key ${shorten(JSON.stringify(key), 60)}, which JSON drops. Send [...value], or an object that has both`;
}

export function describeInstance(object: object): string {
  if (object instanceof Date) return 'is a Date, which would arrive as a string. Send value.toISOString()';
  if (object instanceof Map)
    return 'is a Map, which JSON empties. Send Object.fromEntries(value) or [...value]';
  if (object instanceof Set) return 'is a Set, which JSON empties. Send [...value]';
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) {
    return 'is binary data. Store it (a file, a table, S3) and send its id, or send a base64 string if it is small';
  }
  const tag = tagOf(object).slice('[object '.length, -1);
  const name = tag === 'Object' ? nameOf(object) : shorten(tag, 60);
  return `is an instance of ${name}, which would arrive as a plain object without its methods. Send its id, or a plain object of the fields that the job needs, such as { ...value }`;
}

function nameOf({ constructor }: object): string {
  const name: unknown = typeof constructor === 'function' ? constructor.name : undefined;
  return typeof name === 'string' && name !== '' ? shorten(name, 60) : 'a class';
}

/** Returns the message of what a getter or a proxy threw, in brackets. */
export function reasonOf(thrown: unknown): string {
  try {
    return ` (${shorten(asError(thrown).message, 200)})`;
  } catch {
    // The error is a proxy, or a getter of the error throws.
    return '';
  }
}

/** @param trail the keys and indexes that lead from the root to the value */
export function pathTo(root: string, trail: readonly (string | number)[]): string {
  const steps = trail.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const key = shorten(step, 60);
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  // An object that contains itself makes a hundred steps.
  const shown = steps.length <= 20 ? steps : [...steps.slice(0, 12), '…', ...steps.slice(-4)];
  return root + shown.join('');
}

export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
