import { isPlain } from '../../jobs/values/json/json-check.js';

/** As payloads are made of: no array, and no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && isPlain(value);
}
