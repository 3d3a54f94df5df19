import { base64In, readingsOf, type Reading } from './readings.js';

/** A part of a text, from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Finds what must not be seen in a text that is folded (`foldedText`). Places may overlap, and come in any order. */
export type Finder = (folded: string) => Iterable<Place>;

const hidden = '***';
/** Fields that programs compare with, and whose values come from a list. */
const keptFields: ReadonlySet<string> = new Set(['name', 'code', 'originalCode']);
/** How deep and how far an error's fields are copied. What lies beyond is hidden whole. */
const deepest = 6;
const mostValues = 1_000;

/** Hides words in texts and errors, in whatever case and encoding another program shows them. */
export class Redaction {
  constructor(private readonly find: Finder) {}

  text(text: string): string {
    const places = readingsOf(text).flatMap((reading) => this.placesIn(reading));
    const encoded = base64In(text).filter((part) => this.isIn(part.text));
    return replaced(
      text,
      [...places, ...encoded].toSorted((a, b) => a.start - b.start),
    );
  }

  /**
   * Changes the error itself, whatever caused it, and its fields, so that it stays of its class. Returns a copy in place of
   * an error that cannot be changed, and a text without the words in place of a text that was thrown.
   */
  error<Thrown>(thrown: Thrown): Thrown {
    return new ErrorRedaction((text) => this.text(text)).clean(thrown, 0) as Thrown;
  }

  /** In the original. */
  private placesIn({ text, starts, ends }: Reading): Place[] {
    return [...this.find(text)].map(({ start, end }) => ({ start: starts[start]!, end: ends[end - 1]! }));
  }

  private isIn(folded: string): boolean {
    for (const _ of this.find(folded)) return true;
    return false;
  }
}

/** Changes one error with all that hangs on it. */
class ErrorRedaction {
  private readonly done = new Map<object, unknown>();

  constructor(private readonly text: (text: string) => string) {}

  clean(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (this.done.has(value)) return this.done.get(value);
    if (value instanceof Error) return this.cleanError(value, depth);
    const isList = Array.isArray(value);
    if (!isList && !isPlain(value)) return value;
    if (depth > deepest || this.done.size > mostValues) return hidden;
    const copy: Record<string, unknown> | unknown[] = isList ? [] : {};
    this.done.set(value, copy);
    for (const key of Object.keys(value)) set(copy, key, this.clean(read(value, key), depth + 1));
    return copy;
  }

  private cleanError(error: Error, depth: number): unknown {
    // A cause beyond is hidden, since nobody looks at it any more.
    if (this.done.size > mostValues) return hidden;
    this.done.set(error, error);
    // `message` and `stack` may be inherited, and `cause` and `errors` are not among the keys.
    for (const key of new Set(['message', 'stack', 'cause', 'errors', ...Object.keys(error)])) {
      if (keptFields.has(key)) continue;
      const value = read(error, key);
      const clean = this.clean(value, depth + 1);
      if (clean === value || set(error, key, clean)) continue;
      const copy = this.copyOf(error);
      this.done.set(error, copy);
      return copy;
    }
    return error;
  }

  /** For an error that is frozen. */
  private copyOf(error: Error): Error {
    const copy = new Error(this.text(String(read(error, 'message'))));
    set(copy, 'name', read(error, 'name'));
    const { stack, code } = error as NodeJS.ErrnoException;
    if (typeof stack === 'string') set(copy, 'stack', this.text(stack));
    if (typeof code === 'string') set(copy, 'code', code);
    return copy;
  }
}

/** @param places in order of their beginnings */
function replaced(text: string, places: readonly Place[]): string {
  let result = '';
  let seen = 0;
  let end = -1;
  for (const place of places) {
    if (place.start > end) {
      result += text.slice(seen, place.start) + hidden;
      end = place.end;
    } else {
      end = Math.max(end, place.end);
    }
    seen = end;
  }
  return result + text.slice(seen);
}

/** A field that a getter refuses to give is not there. */
function read(holder: object, key: string): unknown {
  try {
    return (holder as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function set(holder: object, key: string, value: unknown): boolean {
  const enumerable = Object.getOwnPropertyDescriptor(holder, key)?.enumerable ?? !(holder instanceof Error);
  return Reflect.defineProperty(holder, key, { value, writable: true, configurable: true, enumerable });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
