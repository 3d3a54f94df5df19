import { types } from 'node:util';
import { isMatcher } from './asymmetric-matcher.js';
import { isPlainObject } from './plain-object.js';
import { show } from './show.js';

/** A place where a value differs from the expected one, as text. */
export interface Difference {
  /** Such as `payload.rows[2].email`. */
  readonly path: string;
  readonly actual: string;
  readonly expected: string;
}

/** Returns whether a value matches, by the rules of `differences`. */
export function matches(actual: unknown, expected: unknown): boolean {
  return differences(actual, expected, '').length === 0;
}

/**
 * Returns the places where a value differs from the expected one. The rules:
 *
 * - Plain objects are compared deeply, and may have more properties than expected.
 * - Arrays must have the same number of elements.
 * - Dates are compared by their time.
 * - A RegExp is tested against text.
 * - A function is a predicate, and matchers of Vitest and Jest are called.
 * - All other values must be the same (`Object.is`).
 *
 * @param path the name of the value
 */
export function differences(actual: unknown, expected: unknown, path: string): Difference[] {
  if (Array.isArray(expected) && Array.isArray(actual) && actual.length === expected.length) {
    return expected.flatMap((element, i) => differences(actual[i], element, `${path}[${i}]`));
  }
  if (isPlainObject(expected) && !isMatcher(expected) && isPlainObject(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      // An inherited property was not sent.
      differences(Object.hasOwn(actual, key) ? actual[key] : undefined, value, join(path, key)),
    );
  }
  return fits(actual, expected) ? [] : [{ path, actual: show(actual), expected: showExpected(expected) }];
}

/** Compares values that are not compared property by property. */
function fits(actual: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (isPredicate(expected)) return Boolean(expected(actual));
  // `search` ignores the flag g and the lastIndex of an earlier test.
  if (types.isRegExp(expected)) return typeof actual === 'string' && actual.search(expected) !== -1;
  if (types.isDate(expected)) return types.isDate(actual) && Object.is(actual.getTime(), expected.getTime());
  return Object.is(actual, expected);
}

function isPredicate(value: unknown): value is (value: unknown) => unknown {
  return typeof value === 'function';
}

function showExpected(expected: unknown): string {
  if (Array.isArray(expected)) return `${expected.length} elements: ${show(expected)}`;
  return show(expected);
}

function join(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `${path}[${show(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
