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

/** Much as Node prints an error: for readers that know text alone. The causes' frames are left out. */
export function describeStoredError({ name, message, stack, causes = [] }: StoredError): string {
  const own = `${name}: ${message}${stack ? `\n${stack}` : ''}`;
  return [own, ...causes.map((cause) => `Caused by ${cause.name}: ${cause.message}`)].join('\n');
}

function bare(error: Error, messageLength: number, stackLength: number): StoredError {
  const { code } = error as { code?: unknown };
  const stack = framesOf(error);
  return {
    name: cut(nameOf(error), longest.name),
    message: cut(String(error.message), messageLength),
    ...(typeof code === 'string' ? { code: cut(code, longest.name) } : {}),
    ...(stack ? { stack: cut(stack, stackLength) } : {}),
  };
}

/** The class's name where the class gives its errors no name of their own: `class NotPaid extends Error {}`. */
function nameOf({ name, constructor }: Error): string {
  const inherited: unknown = (globalThis as Record<string, unknown>)[name];
  const isInherited = typeof inherited === 'function' && inherited !== constructor;
  // An error may be anything by now, also one whose properties were overwritten with no strings.
  return String((isInherited && constructor?.name) || name);
}

/** Without the lines that repeat name and message, which may be long. */
function framesOf({ stack }: Error): string {
  if (typeof stack !== 'string') return '';
  const start = /^ {4}at /m.exec(stack)?.index;
  return start === undefined ? '' : stack.slice(start);
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = [];
  const gathered = (error as { errors?: unknown }).errors;
  if (Array.isArray(gathered)) causes.push(...gathered.filter((one) => one instanceof Error));
  let { cause } = error;
  while (cause instanceof Error && causes.length < mostCauses && !causes.includes(cause)) {
    causes.push(cause);
    ({ cause } = cause);
  }
  return causes.slice(0, mostCauses);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
