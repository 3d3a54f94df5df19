import type ts from 'typescript';
import { inStyle } from '../text/texts.js';
import { insertImports, type NamedImport } from './imports.js';
import type { Insertion, Source } from './source.js';

/** An element to add to a module's `imports` or `providers`. */
export interface Entry extends NamedImport {
  /** The code of the element in the style of Fledge's templates, such as `JobsModule.forRoot({ … })`. @default name */
  readonly code?: string;
}

export type Edited = { readonly text: string } | { readonly refused: string };

/** Returns the class with `@Module()`. If the file has several, returns the one called `name`. */
export function moduleClass(source: Source, name?: string): ts.ClassDeclaration | undefined {
  const { ts } = source;
  const modules = source.file.statements
    .filter(ts.isClassDeclaration)
    .filter((one) => decoratorOf(source, one));
  return modules.find((one) => one.name?.text === name) ?? (name === undefined ? modules.at(-1) : undefined);
}

/** Adds the missing entries. If the file cannot be edited safely, returns the reason. */
export function addToModule(
  source: Source,
  list: 'imports' | 'providers',
  entries: readonly Entry[],
  name?: string,
): Edited {
  const { ts } = source;
  const found = moduleClass(source, name);
  const call = found && decoratorOf(source, found);
  if (!call) return { refused: `it has no class ${name ?? ''} with @Module()`.replace('  ', ' ') };
  const metadata = call.arguments[0];
  if (!metadata) {
    const at = call.getEnd() - 1;
    const property = `{\n  ${list}: ${asArray(entries, '  ')},\n}`;
    return finish(source, entries, [{ at, text: inStyle(property, source.style) }]);
  }
  if (!ts.isObjectLiteralExpression(metadata))
    return { refused: 'the argument of @Module() is not an object literal' };
  const property = metadata.properties.find(
    (one) => one.name?.getText(source.file).replace(/['"]/g, '') === list,
  );
  if (!property) {
    if (metadata.properties.some(ts.isSpreadAssignment))
      return { refused: `its ${list} may come from a spread in @Module()` };
    return finish(source, entries, [newProperty(source, metadata, list, entries)]);
  }
  if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer))
    return { refused: `its ${list} are not an array literal` };
  const array = property.initializer;
  const missing = entries.filter(
    (entry) => !array.elements.some((element) => names(source, element, entry.name)),
  );
  if (missing.length === 0) return { text: source.text };
  return finish(source, missing, intoArray(source, array, missing));
}

function decoratorOf({ ts }: Source, one: ts.ClassDeclaration): ts.CallExpression | undefined {
  return (ts.getDecorators(one) ?? [])
    .map(({ expression }) => expression)
    .filter(ts.isCallExpression)
    .find(({ expression }) => ts.isIdentifier(expression) && expression.text === 'Module');
}

/** Returns whether an element contains a name: `X`, `X.forRootAsync(…)`, `condition ? X : []`, `{ provide: X }`. */
function names(source: Source, element: ts.Expression, name: string): boolean {
  return [...source.nodes(element)].some((node) => source.ts.isIdentifier(node) && node.text === name);
}

function finish(source: Source, entries: readonly Entry[], insertions: readonly Insertion[]): Edited {
  return { text: source.with([...insertions, ...insertImports(source, entries)]) };
}

export const codeOf = ({ code, name }: Entry): string => code ?? name;

function asArray(entries: readonly Entry[], indent: string): string {
  const all = entries.map(codeOf);
  if (all.every((code) => !code.includes('\n'))) return `[${all.join(', ')}]`;
  return `[\n${all.map((code) => `${shift(code, `${indent}  `)},\n`).join('')}${indent}]`;
}

/** Indents all lines of a text. */
function shift(code: string, indent: string): string {
  return code.replace(/^(?=.)/gm, indent);
}

function newProperty(
  source: Source,
  metadata: ts.ObjectLiteralExpression,
  list: string,
  entries: readonly Entry[],
): Insertion {
  const before = metadata.properties.find((one) => one.name?.getText(source.file) === 'imports');
  if (before) {
    const code = inStyle(`${list}: ${asArray(entries, '  ')}`, { ...source.style, newline: '\n' });
    return { at: before.getEnd(), text: `,\n${source.style.indent}${code}` };
  }
  const first = metadata.properties[0];
  const text = inStyle(`${list}: ${asArray(entries, '  ')},`, { ...source.style, newline: '\n' });
  // Nest's generators also put imports before the first property.
  if (!first) return { at: metadata.getStart(source.file) + 1, text: `\n${source.style.indent}${text}\n` };
  const sameLine = !source.text
    .slice(metadata.getStart(source.file), first.getStart(source.file))
    .includes('\n');
  return { at: first.getStart(source.file), text: sameLine ? `${text} ` : `${text}\n${source.style.indent}` };
}

/** Adds entries at the end. Modules that read .env into process.env, such as ConfigModule, must come before JobsModule. */
function intoArray(source: Source, array: ts.ArrayLiteralExpression, entries: readonly Entry[]): Insertion[] {
  const { elements } = array;
  const { style } = source;
  const open = array.getStart(source.file) + 1;
  const close = array.getEnd() - 1;
  const manyLines = source.text.slice(open, close).includes('\n');
  const [first] = elements;
  const last = elements.at(-1);
  const comma = last && !elements.hasTrailingComma ? [{ at: last.getEnd(), text: ',' }] : [];
  const codes = entries.map((entry) => inStyle(codeOf(entry), { ...style, newline: '\n' }));
  if (!manyLines && codes.every((code) => !code.includes('\n'))) {
    if (!last) return [{ at: open, text: codes.join(', ') }];
    return [{ at: last.getEnd(), text: codes.map((code) => `, ${code}`).join('') }];
  }
  const before = source.text.slice(0, array.getStart(source.file));
  const indent = /^[\t ]*/.exec(before.slice(before.lastIndexOf('\n') + 1))?.[0] ?? '';
  const lines = codes.map((code) => `\n${shift(code, indent + style.indent)},`).join('');
  const inside = source.text.slice(open, close);
  const end = open + inside.trimEnd().length;
  if (manyLines) return [...comma, { at: end, text: inside.trim() === '' ? `${lines}` : lines }];
  const opening = first ? [{ at: first.getStart(source.file), text: `\n${indent}${style.indent}` }] : [];
  return [...opening, ...comma, { at: end, text: `${lines}\n${indent}` }];
}
