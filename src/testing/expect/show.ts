import { inspect } from 'node:util';
import { isMatcher, type AsymmetricMatcher } from './asymmetric-matcher.js';
import { isPlainObject } from './plain-object.js';

/** How many levels are shown. An object on a deeper level is shown as `[Object]`. */
const depth = 4;

/** Shows a value on one line. A function is shown by its source, and a matcher by its name and argument. */
export function show(value: unknown): string {
  return inspect(readable(value, depth), {
    depth,
    breakLength: Infinity,
    maxStringLength: 120,
    maxArrayLength: 10,
  });
}

/** Node would show a function as `[Function (anonymous)]`, and a matcher with its internal fields. */
function readable(value: unknown, levels: number): unknown {
  if (typeof value === 'function') return verbatim(source(value));
  if (isMatcher(value)) return verbatim(showMatcher(value));
  if (levels === 0) return value;
  if (Array.isArray(value)) return value.map((element) => readable(element, levels - 1));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one, levels - 1)]));
}

function verbatim(text: string): object {
  return { [inspect.custom]: () => text };
}

// eslint-disable-next-line typescript/no-unsafe-function-type
function source(value: Function): string {
  const text = value.toString().replace(/\s+/g, ' ');
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

/** A matcher of Vitest or Jest. It has a text, or the argument with which it was made. */
interface FrameworkMatcher extends AsymmetricMatcher {
  toAsymmetricMatcher?(): string;
  toString(): string;
  readonly sample?: unknown;
}

/** Returns text such as `Any<String>` or `ObjectContaining { a: 1 }`. */
function showMatcher(matcher: FrameworkMatcher): string {
  if (typeof matcher.toAsymmetricMatcher === 'function') return matcher.toAsymmetricMatcher();
  if (matcher.toString === Object.prototype.toString) return 'a custom matcher';
  return matcher.sample === undefined ? matcher.toString() : `${matcher.toString()} ${show(matcher.sample)}`;
}
