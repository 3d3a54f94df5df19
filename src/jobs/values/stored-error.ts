import { readProperty } from './errors.js';
import { isObject, isText } from './readers.js';

/** The part of an error that is stored with a job. It takes a few kilobytes at most. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  /** The error's code, such as `FLEDGE_…` or `ECONNREFUSED`, if it has one. */
  readonly code?: string;
  /** The stack frames, without name and message. */
  readonly stack?: string;
  /** The causes, the nearest first. For an AggregateError, the errors in it. */
  readonly causes?: readonly StoredError[];
}

/** In characters, some 8,000 in all. A Redis keeps ten thousand dead jobs per queue. */
const longest = { name: 128, message: 2_000, stack: 2_500, causeMessage: 300, causeStack: 500 };
const mostCauses = 3;

export function storeableError(error: Error): StoredError {
  const causes = causesOf(error).map((cause) =>
    withoutCauses(cause, longest.causeMessage, longest.causeStack),
  );
  return {
    ...withoutCauses(error, longest.message, longest.stack),
    ...(causes.length > 0 ? { causes } : {}),
  };
}

/** Returns an error that was read from the store, or undefined if the value is not a stored error. */
export function readStoredError(value: unknown): StoredError | undefined {
  return isStoredError(value) ? value : undefined;
}

function isStoredError(value: unknown): value is StoredError {
  if (!isObject(value)) return false;
  const { name, message, code, stack, causes } = value;
  if (!isText(name) || !isText(message)) return false;
  if ([code, stack].some((text) => text !== undefined && !isText(text))) return false;
  if (causes === undefined) return true;
  // A stored cause has no causes. Checked first, so that no depth overflows the stack.
  return (
    Array.isArray(causes) &&
    causes.every((cause) => isObject(cause) && cause.causes === undefined && isStoredError(cause))
  );
}

/** Writes an error almost as Node prints it, for readers that support only text. Leaves out the stacks of the causes. */
export function describeStoredError({ name, message, stack, causes = [] }: StoredError): string {
  const own = `${name}: ${message}${stack ? `\n${stack}` : ''}`;
  return [own, ...causes.map((cause) => `Caused by ${cause.name}: ${cause.message}`)].join('\n');
}

function withoutCauses(error: Error, messageLength: number, stackLength: number): StoredError {
  const code = readProperty(error, 'code');
  const stack = framesOf(error);
  return {
    name: cut(nameOf(error), longest.name),
    message: cut(textOf(readProperty(error, 'message')), messageLength),
    ...(typeof code === 'string' ? { code: cut(code, longest.name) } : {}),
    ...(stack ? { stack: cut(stack, stackLength) } : {}),
  };
}

/** A property may have been overwritten with any value, even with one that `String` cannot convert. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** Returns the name of the class if its errors have only an inherited name, as with `class NotPaid extends Error {}`. */
function nameOf(error: Error): string {
  const name = textOf(readProperty(error, 'name'));
  const constructor = readProperty(error, 'constructor');
  const inherited: unknown = Reflect.get(globalThis, name);
  const isInherited = typeof inherited === 'function' && inherited !== constructor;
  const ofClass =
    isInherited && typeof constructor === 'function' && textOf(readProperty(constructor, 'name'));
  return ofClass || name;
}

/** Returns the stack without the lines that repeat name and message, which may be long. */
function framesOf(error: Error): string {
  const stack = readProperty(error, 'stack');
  if (typeof stack !== 'string') return '';
  const start = /^ {4}at /m.exec(stack)?.index;
  return start === undefined ? '' : stack.slice(start);
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  const gathered = readProperty(error, 'errors');
  if (Array.isArray(gathered)) causes.push(...gathered.filter(isError));
  let cause = readProperty(error, 'cause');
  while (isError(cause) && causes.length < mostCauses && !causes.includes(cause)) {
    causes.push(cause);
    cause = readProperty(cause, 'cause');
  }
  return causes.slice(0, mostCauses);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
