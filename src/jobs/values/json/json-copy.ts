import { asError } from '../errors.js';

export interface UnsafeValue {
  /** Where: `payload.user.born`. */
  readonly path: string;
  /** What is wrong there and how to fix it, as the rest of a sentence. */
  readonly problem: string;
}

export type JsonCopy =
  | { readonly state: 'copied'; readonly value: unknown }
  | { readonly state: 'unsafe'; readonly unsafe: UnsafeValue }
  /** Its JSON certainly has more bytes than allowed. */
  | { readonly state: 'too large' };

/** These can change what other objects are, as soon as somebody copies them key by key. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const maxDepth = 100;
/** `[object Object]` also for instances of classes, `[object Math]` for `Math`. */
const tagOf = (object: object): string => Object.prototype.toString.call(object) as string;

/**
 * Copies a value as JSON would carry it, or refuses it because JSON would lose or change something. Properties that are
 * `undefined` are dropped, and so is what is not enumerable.
 *
 * Each property is read once, and only the copy is used afterwards. So a getter, a proxy or a later change by the caller
 * cannot make what is stored differ from what was checked. Never throws.
 *
 * @param root what the value is called in paths
 * @param mostBytes the walk stops when the JSON is certain to have more bytes: shared references can grow without end
 * @param wasJson the value was read from JSON text, which may hold -0: nothing is lost of that any longer
 */
export function copyJson(value: unknown, root: string, mostBytes: number, wasJson = false): JsonCopy {
  const copier = new Copier(mostBytes, wasJson);
  try {
    return { state: 'copied', value: copier.copy(value) };
  } catch (thrown) {
    if (copier.isTooLarge) return { state: 'too large' };
    // Only getters and proxies can throw anything else.
    const problem = copier.problem ?? `cannot be read${reasonOf(thrown)}. Leave it out`;
    return { state: 'unsafe', unsafe: { path: pathTo(root, copier.trail), problem } };
  }
}

class Copier {
  /** The keys and indexes that lead to the value at hand. Made into a path only when one is needed. */
  readonly trail: (string | number)[] = [];
  problem: string | undefined;
  isTooLarge = false;

  constructor(
    private bytesLeft: number,
    private readonly wasJson: boolean,
  ) {}

  copy(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        this.spend(value.length + 2);
        return value;
      case 'number':
        if (!Number.isFinite(value))
          this.refuse(`is ${value}, which JSON turns into null. Send null, or leave it out`);
        if (Object.is(value, -0) && !this.wasJson) this.refuse('is -0, which JSON turns into 0. Send 0');
        this.spend(1);
        return value;
      case 'boolean':
        this.spend(4);
        return value;
      case 'undefined':
        return undefined;
      case 'bigint':
        return this.refuse('is a bigint, which JSON does not know. Send String(value)');
      case 'object':
        if (value === null) return this.copyNull();
        if (this.trail.length > maxDepth)
          return this.refuse(`is nested deeper than ${maxDepth} levels, or contains itself`);
        return Array.isArray(value) ? this.copyArray(value) : this.copyObject(value);
      default:
        return this.refuse(`is a ${typeof value}, which JSON drops. Leave it out`);
    }
  }

  private copyNull(): null {
    this.spend(4);
    return null;
  }

  private copyArray(array: readonly unknown[]): unknown[] {
    if (!isPlainArray(array)) this.refuse(describeArray(array));
    this.refuseExtras(array);
    this.spend(2);
    const copy: unknown[] = [];
    const { length } = array;
    for (let i = 0; i < length; i++) {
      this.trail.push(i);
      const element = this.copy(array[i]);
      if (element === undefined)
        this.refuse('is undefined, which JSON turns into null. Send null, or filter it out');
      copy.push(element);
      this.trail.pop();
    }
    // Now that a hole has been found, no index is missing.
    if (Object.keys(array).length !== length) this.refuse(describeExtraKey(array));
    return copy;
  }

  private copyObject(object: object): Record<string, unknown> {
    if (!isPlain(object) || tagOf(object) !== '[object Object]') this.refuse(describeInstance(object));
    this.refuseExtras(object);
    this.spend(2);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      this.trail.push(key);
      if (forbiddenKeys.has(key)) this.refuse('is a key that can change what other objects are. Rename it');
      const property = this.copy((object as Record<string, unknown>)[key]);
      if (property !== undefined) {
        this.spend(key.length + 3);
        copy[key] = property;
      }
      this.trail.pop();
    }
    return copy;
  }

  /** What JSON reads, or fails to read, apart from elements and properties. */
  private refuseExtras(object: object): void {
    if ('toJSON' in object && typeof object.toJSON === 'function')
      this.refuse('has a toJSON method, whose result JSON would put in its place. Send that result instead');
    const symbols = Object.getOwnPropertySymbols(object);
    if (symbols.length === 0) return;
    const symbol = symbols.find((one) => Object.prototype.propertyIsEnumerable.call(object, one));
    if (symbol)
      this.refuse(
        `has the key ${shorten(String(symbol), 60)}, and JSON drops symbols. Use a string as the key`,
      );
  }

  private spend(bytes: number): void {
    this.bytesLeft -= bytes;
    if (this.bytesLeft >= 0) return;
    this.isTooLarge = true;
    throw new Error('too large');
  }

  private refuse(problem: string): never {
    this.problem = problem;
    throw new Error(problem);
  }
}

/** True for objects that are nothing but their properties: `{ … }`, also from another realm, such as a test runner's. */
export function isPlain(object: object): boolean {
  const prototype = prototypeOf(object);
  return prototype === Object.prototype || prototype === null || isForeignPrototype(prototype);
}

function isForeignPrototype(prototype: object): boolean {
  return (
    prototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty') &&
    Object.keys(prototype).length === 0
  );
}

/** Of all prototypes of arrays, only `Array.prototype` is an array itself whose own prototype is the last one. */
function isPlainArray(array: readonly unknown[]): boolean {
  const prototype = prototypeOf(array);
  if (prototype === Array.prototype) return true;
  if (prototype === null || !Array.isArray(prototype)) return false;
  const last = prototypeOf(prototype);
  return last !== null && isForeignPrototype(last);
}

function prototypeOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}

function describeArray(array: readonly unknown[]): string {
  return `is an instance of ${nameOf(array)}, which would arrive as a plain array. Send [...value]`;
}

function describeExtraKey(array: readonly unknown[]): string {
  const key = Object.keys(array).find((one) => !/^\d+$/.test(one));
  return key === undefined
    ? 'is an array whose elements change while they are read. Send [...value]'
    : `is an array that also has the key ${shorten(JSON.stringify(key), 60)}, which JSON drops. Send [...value], or an object that has both`;
}

function describeInstance(object: object): string {
  if (object instanceof Date) return 'is a Date, which would arrive as a string. Send value.toISOString()';
  if (object instanceof Map)
    return 'is a Map, which JSON empties. Send Object.fromEntries(value) or [...value]';
  if (object instanceof Set) return 'is a Set, which JSON empties. Send [...value]';
  if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) {
    return 'is binary data. Store it (a file, a table, S3) and send its id, or send a base64 string if it is small';
  }
  const tag = tagOf(object).slice('[object '.length, -1);
  const name = tag === 'Object' ? nameOf(object) : shorten(tag, 60);
  return `is an instance of ${name}, which would arrive as a plain object without its methods. Send its id, or a plain object of the fields that the job needs`;
}

function nameOf(object: object): string {
  const name: unknown = (object as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? shorten(name, 60) : 'a class';
}

function reasonOf(thrown: unknown): string {
  try {
    return ` (${shorten(asError(thrown).message, 200)})`;
  } catch {
    // The error is a proxy, or has getters of its own.
    return '';
  }
}

function pathTo(root: string, trail: readonly (string | number)[]): string {
  const steps = trail.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const key = shorten(step, 60);
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  // A circle makes a hundred of them.
  const shown = steps.length <= 20 ? steps : [...steps.slice(0, 12), '…', ...steps.slice(-4)];
  return root + shown.join('');
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
