import { constantFrom, oneof, string, tuple, type Arbitrary } from 'fast-check';
import { inspect } from 'node:util';

/** A part of every secret that is used nowhere else. If it appears in output, a secret has leaked. */
const core = 'Zq7Wv9';

/** Characters that are special to parsers, shells, regular expressions, replacements and encodings. */
const odd = constantFrom(
  '',
  '"',
  "'",
  '\\',
  '%',
  '%41',
  '%zz',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '$&',
  '$1',
  '.*',
  '[a-z]+(',
  '(?:',
  '@',
  '/',
  '?',
  '#',
  ':',
  ',',
  '&amp;',
  '\u0000',
  'ü€',
  '🗝️',
  'İß',
  '\u202e',
  '=',
  '+',
  '<>',
  'HELLO',
  'unknown command',
);
const part = oneof(
  odd,
  tuple(odd, odd).map((two) => two.join('')),
  string({ maxLength: 6 }),
  string({ unit: 'grapheme', maxLength: 4 }),
);

/** A password with unusual characters. One in four is long. */
export function secrets(): Arbitrary<string> {
  return tuple(part, part, constantFrom(0, 0, 0, 500)).map(
    ([before, after, length]) => `${before}${core}${after}${'x'.repeat(length)}`,
  );
}

/** Returns the part of a secret that a value contains, or undefined if it contains none. */
export function seenOf(secret: string, shown: unknown): string | undefined {
  const text = typeof shown === 'string' ? shown : inspect(shown, { depth: 12, showHidden: true });
  const base64 = [secret, `\0app\0${secret}`, `app:${secret}`, `:${secret}`].map((whole) =>
    Buffer.from(whole).toString('base64'),
  );
  const shapes = [
    core,
    core.toUpperCase(),
    core.toLowerCase(),
    secret,
    encodeURIComponent(secret),
    ...base64,
  ];
  // A secret may begin with common text.
  const found = shapes.find((shape) => text.includes(shape));
  return found === undefined ? undefined : around(text, text.indexOf(found));
}

function around(text: string, at: number): string {
  return `…${text.slice(Math.max(0, at - 200), at + 40)}…`;
}
