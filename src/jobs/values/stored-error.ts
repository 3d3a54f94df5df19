import { isObject, isText } from './readers.js';

/** What is kept of an error: enough to understand it half a year later, and no more than a few kilobytes. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  /** `FLEDGE_…`, `ECONNREFUSED` and the like, where the error has one. */
  readonly code?: string;
  /** The frames alone. */
  readonly stack?: string;
  /** What it was caused by, the nearest first; of an AggregateError, what it gathers. */
  readonly causes?: readonly StoredError[];
}

/** Characters: some 8,000 in all. A Redis keeps ten thousand dead jobs a queue. */
const longest = { name: 128, message: 2_000, stack: 2_500, causeMessage: 300, causeStack: 500 };
const mostCauses = 3;

export function storeableError(error: Error): StoredError {
  const causes = causesOf(error).map((cause) => bare(cause, longest.causeMessage, longest.causeStack));
  return { ...bare(error, longest.message, longest.stack), ...(causes.length > 0 ? { causes } : {}) };
}

/** An error as it came back from the store; undefined for what is not one. */
export function readStoredError(value: unknown): StoredError | undefined {
  if (!isObject(value)) return undefined;
  const { name, message, code, stack, causes } = value;
  if (!isText(name) || !isText(message)) return undefined;
  if ([code, stack].some((text) => text !== undefined && !isText(text))) return undefined;
  if (causes === undefined) return value as unknown as StoredError;
  const isSound =
    Array.isArray(causes) &&
    causes.every((cause) => isObject(cause) && cause.causes === undefined && readStoredError(cause));
  return isSound ? (value as unknown as StoredError) : undefined;
}

/** Much as Node prints an error: for readers that know text alone. The causes' frames are left out. */
export function describeStoredError({ name, message, stack, causes = [] }: StoredError): string {
  const own = `${name}: ${message}${stack ? `\n${stack}` : ''}`;
  return [own, ...causes.map((cause) => `Caused by ${cause.name}: ${cause.message}`)].join('\n');
}

function bare(error: Error, messageLength: number, stackLength: number): StoredError {
  const code = read(error, 'code');
  const stack = framesOf(error);
  return {
    name: cut(nameOf(error), longest.name),
    message: cut(textOf(read(error, 'message')), messageLength),
    ...(typeof code === 'string' ? { code: cut(code, longest.name) } : {}),
    ...(stack ? { stack: cut(stack, stackLength) } : {}),
  };
}

/** Properties of an error may be getters of the application's that throw. */
function read(error: object, property: string): unknown {
  try {
    return (error as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

/** A property may have been overwritten with anything, also with what `String` cannot show. */
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

/** The class's name where the class gives its errors no name of their own: `class NotPaid extends Error {}`. */
function nameOf(error: Error): string {
  const name = textOf(read(error, 'name'));
  const constructor = read(error, 'constructor');
  const inherited: unknown = (globalThis as Record<string, unknown>)[name];
  const isInherited = typeof inherited === 'function' && inherited !== constructor;
  return (isInherited && typeof constructor === 'function' && textOf(read(constructor, 'name'))) || name;
}

/** Without the lines that repeat name and message, which may be long. */
function framesOf(error: Error): string {
  const stack = read(error, 'stack');
  if (typeof stack !== 'string') return '';
  const start = /^ {4}at /m.exec(stack)?.index;
  return start === undefined ? '' : stack.slice(start);
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  const gathered = read(error, 'errors');
  if (Array.isArray(gathered)) causes.push(...gathered.filter(isError));
  let cause = read(error, 'cause');
  while (isError(cause) && causes.length < mostCauses && !causes.includes(cause)) {
    causes.push(cause);
    cause = read(cause, 'cause');
  }
  return causes.slice(0, mostCauses);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
