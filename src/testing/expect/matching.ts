import { types } from 'node:util';
import { isMatcher } from './asymmetric-matcher.js';
import { isPlainObject } from './plain-object.js';
import { show } from './show.js';

/** Where a value is not what a test expects, in words. */
export interface Difference {
  /** `payload.rows[2].email` */
  readonly path: string;
  readonly actual: string;
  readonly expected: string;
}

/** Whether a value is what a test expects, as `differences` says it. */
export function matches(actual: unknown, expected: unknown): boolean {
  return differences(actual, expected, '').length === 0;
}

/**
 * Where a value is not what a test expects; nothing when it is. Plain objects are compared deeply and may have more than is
 * expected; arrays have as many elements; dates are equal by their time; a RegExp is tested against text; functions are
 * predicates; matchers of Vitest and Jest are asked; all else must be the same (`Object.is`).
 *
 * @param path how the value is called
 */
export function differences(actual: unknown, expected: unknown, path: string): Difference[] {
  if (Array.isArray(expected) && Array.isArray(actual) && actual.length === expected.length) {
    return expected.flatMap((element, i) => differences(actual[i], element, `${path}[${i}]`));
  }
  if (isPlainObject(expected) && !isMatcher(expected) && isPlainObject(actual)) {
    return Object.entries(expected).flatMap(([key, value]) =>
      // What an object inherits is not what was sent.
      differences(Object.hasOwn(actual, key) ? actual[key] : undefined, value, join(path, key)),
    );
  }
  return fits(actual, expected) ? [] : [{ path, actual: show(actual), expected: wording(expected) }];
}

/** Of what is not looked into. */
function fits(actual: unknown, expected: unknown): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (typeof expected === 'function') return Boolean((expected as (value: unknown) => unknown)(actual));
  // `search` heeds neither the flag g nor what an earlier test has left in lastIndex.
  if (types.isRegExp(expected)) return typeof actual === 'string' && actual.search(expected) !== -1;
  if (types.isDate(expected)) return types.isDate(actual) && Object.is(actual.getTime(), expected.getTime());
  return Object.is(actual, expected);
}

function wording(expected: unknown): string {
  if (Array.isArray(expected)) return `${expected.length} elements: ${show(expected)}`;
  return show(expected);
}

function join(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) return `${path}[${show(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
