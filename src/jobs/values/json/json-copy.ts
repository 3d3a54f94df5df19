import {
  describeArray,
  describeExtraKey,
  describeInstance,
  pathTo,
  reasonOf,
  shorten,
  tagOf,
  type UnsafeValue,
} from './unsafe-value.js';

export type JsonCopy =
  | { readonly state: 'copied'; readonly value: unknown }
  | { readonly state: 'unsafe'; readonly unsafe: UnsafeValue }
  /** The JSON of the value certainly has more bytes than allowed. */
  | { readonly state: 'too large' };

/** An object that is copied key by key with one of these keys can change what other objects are. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const maxDepth = 100;

/**
 * Copies a value as JSON would, or refuses it because JSON would lose or change something. Drops properties that are
 * `undefined` or not enumerable.
 *
 * Each property is read once, and only the copy is used afterwards. So a getter, a proxy or a later change by the caller
 * cannot make what is stored differ from what was checked. Never throws.
 *
 * @param root the name of the value in paths
 * @param mostBytes the copy stops as soon as the JSON is certain to have more bytes, because shared references can grow
 * without end
 * @param wasJson true for a value that was parsed from JSON. It may contain -0, which is then no longer lost
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
  /** The keys and indexes that lead to the current value. They become a path only when a path is needed. */
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
        return this.refuse('is a bigint, which JSON does not support. Send String(value)');
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
    // A hole has been refused as undefined, so every index is a key. Another count means that there are other keys.
    if (Object.keys(array).length !== length) this.refuse(describeExtraKey(array));
    return copy;
  }

  private copyObject(object: object): Record<string, unknown> {
    if (!isRecord(object) || tagOf(object) !== '[object Object]')
      return this.refuse(describeInstance(object));
    this.refuseExtras(object);
    this.spend(2);
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      this.trail.push(key);
      if (forbiddenKeys.has(key)) this.refuse('is a key that can change what other objects are. Rename it');
      const property = this.copy(object[key]);
      if (property !== undefined) {
        this.spend(key.length + 3);
        copy[key] = property;
      }
      this.trail.pop();
    }
    return copy;
  }

  /** Refuses a `toJSON` method, which JSON would call, and enumerable symbols, which JSON would drop. */
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

/** Returns whether an object is a plain `{ … }`. It may come from another realm, such as the realm of a test runner. */
export function isPlain(object: object): object is Readonly<Record<string, unknown>> {
  const prototype = prototypeOf(object);
  return prototype === Object.prototype || prototype === null || isForeignPrototype(prototype);
}

/**
 * Returns whether JSON keeps all that the object's class promises: a plain object, or an instance of a class that has only
 * fields, such as the DTO that a ValidationPipe makes. Methods and accessors would be lost.
 */
function isRecord(object: object): object is Readonly<Record<string, unknown>> {
  let current = object;
  while (!isPlain(current)) {
    const prototype = prototypeOf(current);
    if (prototype === null || !isPrototypeOfFieldsOnly(prototype)) return false;
    current = prototype;
  }
  return true;
}

function isPrototypeOfFieldsOnly(prototype: object): boolean {
  const { constructor }: { constructor?: unknown } = prototype;
  return (
    typeof constructor === 'function' &&
    constructor.prototype === prototype &&
    Reflect.ownKeys(prototype).every((key) => key === 'constructor')
  );
}

/** Returns whether this is the `Object.prototype` of another realm. */
function isForeignPrototype(prototype: object): boolean {
  return (
    prototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty') &&
    Object.keys(prototype).length === 0
  );
}

/** An `Array.prototype` is the only prototype of arrays that is an array and inherits directly from an `Object.prototype`. */
function isPlainArray(array: readonly unknown[]): boolean {
  const prototype = prototypeOf(array);
  if (prototype === Array.prototype) return true;
  if (prototype === null || !Array.isArray(prototype)) return false;
  const last = prototypeOf(prototype);
  return last !== null && isForeignPrototype(last);
}

function prototypeOf(object: object): object | null {
  return Object.getPrototypeOf(object);
}
