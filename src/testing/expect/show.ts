import { inspect } from 'node:util';
import { isMatcher, type AsymmetricMatcher } from './asymmetric-matcher.js';
import { isPlainObject } from './plain-object.js';

/** Payloads are as deep as they like; what is below this is `[Object]`. */
const depth = 4;

/** A value as a message says it, on one line: functions by their source, matchers of test frameworks by what they ask. */
export function show(value: unknown): string {
  return inspect(readable(value, depth), {
    depth,
    breakLength: Infinity,
    maxStringLength: 120,
    maxArrayLength: 10,
  });
}

/** Node would show a function as `[Function (anonymous)]`, and a matcher by its innards. */
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

/** What Vitest's and Jest's have: some a wording of their own, the others what they were made from. */
interface Worded extends AsymmetricMatcher {
  toAsymmetricMatcher?(): string;
  toString(): string;
  readonly sample?: unknown;
}

/** `Any<String>`, `ObjectContaining { a: 1 }`. */
function showMatcher(matcher: Worded): string {
  if (typeof matcher.toAsymmetricMatcher === 'function') return matcher.toAsymmetricMatcher();
  if (matcher.toString === Object.prototype.toString) return 'what the matcher asks';
  return matcher.sample === undefined ? matcher.toString() : `${matcher.toString()} ${show(matcher.sample)}`;
}
