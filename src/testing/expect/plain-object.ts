import { isPlain } from '../../jobs/values/json/json-check.js';

/** Returns whether a value is an object of JSON: not an array, and not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && isPlain(value);
}
