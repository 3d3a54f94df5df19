import { readProperty } from '../errors.js';
import { base64In, originalPlace, readingsOf, type Place } from './readings.js';

/** Finds the places to hide in a folded text (`foldedText`). They may overlap, and come in any order. */
export type Finder = (folded: string) => Iterable<Place>;

const hidden = '***';
/** Fields that programs compare. Their values come from fixed lists, so they contain no secrets. */
const keptFields: ReadonlySet<string> = new Set(['name', 'code', 'originalCode']);
/** How deep an error's fields are copied, and how many values. Everything beyond these limits is hidden. */
const deepest = 6;
const mostValues = 1_000;

/** Hides words in texts and errors, in any case and encoding. */
export class Redaction {
  constructor(private readonly find: Finder) {}

  text(text: string): string {
    const places = readingsOf(text).flatMap((reading) =>
      [...this.find(reading.text)].map(({ start, end }) => originalPlace(reading, start, end)),
    );
    const encoded = base64In(text).filter((part) => this.isIn(part.text));
    return replaced(
      text,
      [...places, ...encoded].toSorted((a, b) => a.start - b.start),
    );
  }

  /**
   * Hides the words in the error, its causes and its fields. Changes the error itself, so that it keeps its class. Returns a
   * copy of an error that cannot be changed. If a text was thrown, returns the text without the words.
   */
  error<Thrown>(thrown: Thrown): Thrown {
    // Errors and texts keep their type, and other thrown values are copied.
    return new ErrorRedaction((text) => this.text(text)).clean(thrown, 0) as Thrown;
  }

  private isIn(folded: string): boolean {
    for (const _ of this.find(folded)) return true;
    return false;
  }
}

/** Hides the words in one error and in everything that it refers to. */
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
    for (const key of Object.keys(value)) set(copy, key, this.clean(readProperty(value, key), depth + 1));
    return copy;
  }

  private cleanError(error: Error, depth: number): unknown {
    // A cause beyond the limit is hidden, because its fields are no longer checked.
    if (this.done.size > mostValues) return hidden;
    this.done.set(error, error);
    // `message` and `stack` may be inherited, and `cause` and `errors` are not among the keys.
    for (const key of new Set(['message', 'stack', 'cause', 'errors', ...Object.keys(error)])) {
      if (keptFields.has(key)) continue;
      const value = readProperty(error, key);
      const clean = this.clean(value, depth + 1);
      if (clean === value || set(error, key, clean)) continue;
      const copy = this.copyOf(error);
      this.done.set(error, copy);
      return copy;
    }
    return error;
  }

  /** Replaces an error that is frozen. */
  private copyOf(error: Error): Error {
    const copy = new Error(this.text(String(readProperty(error, 'message'))));
    set(copy, 'name', readProperty(error, 'name'));
    const [stack, code] = [readProperty(error, 'stack'), readProperty(error, 'code')];
    if (typeof stack === 'string') set(copy, 'stack', this.text(stack));
    if (typeof code === 'string') set(copy, 'code', code);
    return copy;
  }
}

/** @param places sorted by `start` */
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

function set(holder: object, key: string, value: unknown): boolean {
  const enumerable = Object.getOwnPropertyDescriptor(holder, key)?.enumerable ?? !(holder instanceof Error);
  return Reflect.defineProperty(holder, key, { value, writable: true, configurable: true, enumerable });
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
