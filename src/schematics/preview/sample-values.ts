import type ts from 'typescript';
import type { Source } from '../typescript/source.js';

/** Returns whether a type is `undefined`, `void` or `null`. */
export function isNothing({ ts }: Source, type: ts.TypeNode): boolean {
  const nothing = [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.VoidKeyword];
  return (
    nothing.includes(type.kind) ||
    (ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword)
  );
}

/** Returns the code of a literal type. Without `as const`, a method would return a string, and not one of the allowed strings. */
export function literalCode({ ts, file }: Source, { literal }: ts.LiteralTypeNode): string | undefined {
  if (literal.kind === ts.SyntaxKind.NullKeyword) return 'null';
  const text = ts.isStringLiteral(literal) ? quoted(literal.text) : literal.getText(file);
  return text && `${text} as const`;
}

/** Undefined for a text that needs escapes. Another style of quotes could break them. */
function quoted(text: string): string | undefined {
  return /^[^'"\\`\n]*$/.test(text) ? `'${text}'` : undefined;
}

export const listOf = (item: string | undefined): string | undefined => item && `[${item}]`;

export const singular = (name: string): string => name.replace(/s$/, '');

/** Returns the code of a text, a number or a boolean. Undefined for other types. */
export function plainCode({ ts }: Source, type: ts.TypeNode, name: string): string | undefined {
  switch (type.kind) {
    case ts.SyntaxKind.StringKeyword:
      return `'${sampleText(name)}'`;
    case ts.SyntaxKind.NumberKeyword:
      return '1';
    case ts.SyntaxKind.BooleanKeyword:
      return 'true';
    case ts.SyntaxKind.UnknownKeyword:
    case ts.SyntaxKind.AnyKeyword:
      return '{}';
    default:
      return undefined;
  }
}

/** Samples by the end of a name, in lower case. */
const sampleTexts: readonly (readonly [ending: string, sample: string])[] = [
  ['email', 'ada@example.test'],
  ['firstname', 'Ada'],
  ['lastname', 'Lovelace'],
  ['name', 'Ada Lovelace'],
  ['url', 'https://example.test'],
  ['link', 'https://example.test'],
  ['locale', 'en'],
  ['language', 'en'],
  ['token', 'a-token'],
  ['date', '2026-01-31'],
];

function sampleText(name: string): string {
  const ending = sampleTexts.find(([word]) => name.toLowerCase().endsWith(word));
  if (ending) return ending[1];
  if (/^id$|I[dD]$|_id$/.test(name)) return '42';
  if (/[a-z]At$/.test(name)) return '2026-01-31T12:00:00.000Z';
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
