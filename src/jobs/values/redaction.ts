import { decodingsOf } from './decodings.js';

/** A part of a text, from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Finds what must not be seen in a text that went through `fold`. Places may overlap, and come in any order. */
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
    const places = [...this.find(fold(text))].toSorted((a, b) => a.start - b.start);
    return this.withoutEncoded(replaced(text, places));
  }

  /**
   * Changes the error itself, whatever caused it, and its fields, so that it stays of its class. Returns a copy in place of
   * an error that cannot be changed, and a text without the words in place of a text that was thrown.
   */
  error<Thrown>(thrown: Thrown): Thrown {
    return new ErrorRedaction((text) => this.text(text)).clean(thrown, 0) as Thrown;
  }

  /** A part of the text that holds a word only once it is decoded goes as a whole. */
  private withoutEncoded(text: string): string {
    return text.replace(/[^\s"'`<>]+/g, (part) =>
      decodingsOf(part).some((decoded) => this.isIn(decoded)) ? hidden : part,
    );
  }

  private isIn(text: string): boolean {
    for (const _ of this.find(fold(text))) return true;
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

/** In small letters, with every kind of space the same; of the same length, so that places fit both. */
export function fold(text: string): string {
  // By code points, since some letters are two of JavaScript's characters.
  return Array.from(text, (letter) => {
    if (/\s/.test(letter)) return ' ';
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }).join('');
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
