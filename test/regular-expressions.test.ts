import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSync } from 'recheck';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expressionsOf, type FoundExpression } from './support/regular-expressions.js';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The limit for one expression, in milliseconds. Most take a few. A slower expression must be simplified. */
const timeout = 120_000;

/** Without Java and without another process. */
const backend = process.env.RECHECK_BACKEND;
beforeAll(() => void (process.env.RECHECK_BACKEND = 'pure'));
afterAll(() => {
  if (backend === undefined) delete process.env.RECHECK_BACKEND;
  else process.env.RECHECK_BACKEND = backend;
});

const known = new Map<string, string | undefined>();

/**
 * Returns why an expression may take more than linear time, or undefined if it is proved linear or its input is
 * bounded. Only the automaton is a proof. The checker's other method tries many texts.
 */
function faultOf({ at, pattern, flags, bound, code }: FoundExpression): string | undefined {
  if (bound !== undefined) return undefined;
  if (pattern === undefined)
    return `${at} ${code}: its pattern is not known before it runs. Write it as a literal, or bound its input and say so above it: // bounded: at most 254 characters`;
  const key = `/${pattern}/${flags}`;
  if (!known.has(key)) known.set(key, check(pattern, flags));
  const why = known.get(key);
  return (
    why &&
    `${at} ${key}: ${why}. Write it another way, or bound its input and say so above it: // bounded: at most 254 characters`
  );
}

function check(pattern: string, flags: string): string | undefined {
  const found = checkSync(pattern, flags, { checker: 'automaton', timeout });
  if (found.status === 'safe') return undefined;
  if (found.status === 'vulnerable')
    return `${found.complexity.summary}, for instance for ${found.attack.pattern}`;
  const { error } = found;
  return `not proved linear (${error.kind}${'message' in error ? `: ${error.message}` : ''})`;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));

const expressions = files
  .map((file) => [file, expressionsOf(file, readFileSync(join(src, file), 'utf8'))] as const)
  .filter(([, found]) => found.length > 0);

it('the files have regular expressions', () => {
  expect(expressions.flatMap(([, found]) => found).length).toBeGreaterThan(100);
});

// A test for each file, because all proofs together take a minute.
it.each(expressions)('every regular expression is proved linear, or its input is bounded: %s', (_, found) => {
  expect(found.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
});

it.each<[string, string, RegExp | undefined]>([
  [
    'what blocked workers',
    String.raw`const x = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^"<>]*?))\s*</;`,
    /^a\.ts:1 .*degree polynomial, for instance for .*repeat/,
  ],
  ['exponential time', 'x.match(/^(a|a)*$/)', /exponential/],
  [
    'a pattern of constants',
    "const space = String.raw`\\s+`;\nnew RegExp(`${space}$`, 'g')",
    /^a\.ts:2 \/\\s\+\$\/g: .*polynomial/,
  ],
  ['a pattern that is made when it runs', 'RegExp(words.join())', /is not known before it runs/],
  [
    'what the checker cannot prove',
    String.raw`/^( *)x\1/`,
    /not proved linear \(unsupported: back-reference\)/,
  ],
  ['a comment without a number', '// bounded: by its nature\n/\\s+$/', /polynomial/],
  ['a bounded one', '// bounded: at most 254 characters\nconst x = /\\s+$/;', undefined],
  ['a linear one', 'const x = /^[a-z]+$/;', undefined],
  ['no expression at all', "const x = 'a/b'.split('/'); // /\\s+$/", undefined],
])('the check finds %s', (_, code, fault) => {
  const faults = expressionsOf('a.ts', code)
    .map(faultOf)
    .filter((one) => one !== undefined);
  if (fault) expect(faults).toEqual([expect.stringMatching(fault)]);
  else expect(faults).toEqual([]);
});
