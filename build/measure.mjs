// `npm run measure`: prints the size of the sources and their casts, from their syntax trees. Exits with 1 if a limit
// is exceeded.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../', import.meta.url));
const limits = { lines: 220, functionLines: 40, filesInFolder: 18, nonNull: 60, casts: 90 };

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.d.ts'))
  .map((file) => read(join(root, 'src', file)));

function read(path) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const file = {
    path: relative(root, path),
    lines: text.trimEnd().split('\n').length,
    functions: [],
    nonNull: 0,
    casts: 0,
  };
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  visit(source);
  return file;

  function visit(node) {
    if (ts.isNonNullExpression(node)) file.nonNull += 1;
    if (isCast(node)) file.casts += 1;
    if (ts.isFunctionLike(node) && node.body) {
      const first = lineOf(node.getStart());
      file.functions.push({ name: nameOf(node), line: first, lines: lineOf(node.end) - first + 1 });
    }
    ts.forEachChild(node, visit);
  }
}

/** `x as T` and `<T>x`. `as const` is not counted, because it does not change a type to another. */
function isCast(node) {
  if (!ts.isAsExpression(node) && !ts.isTypeAssertionExpression(node)) return false;
  return node.type.getText() !== 'const';
}

function nameOf(node) {
  return node.name?.getText() ?? node.parent?.name?.getText?.() ?? 'anonymous';
}

const folders = new Map();
for (const file of files) folders.set(dirname(file.path), [...(folders.get(dirname(file.path)) ?? []), file]);

const functions = files.flatMap((file) => file.functions.map((one) => ({ ...one, path: file.path })));
const sum = (pick) => files.reduce((total, file) => total + pick(file), 0);
const longest = (list, size) => list.toSorted((a, b) => size(b) - size(a));

const rows = [
  ['lines of a file', limits.lines, longest(files, ({ lines }) => lines).map((one) => [one.lines, one.path])],
  [
    'lines of a function',
    limits.functionLines,
    longest(functions, ({ lines }) => lines).map((one) => [one.lines, `${one.path}:${one.line} ${one.name}`]),
  ],
  [
    'files in a folder',
    limits.filesInFolder,
    longest([...folders], ([, list]) => list.length).map(([folder, list]) => [list.length, folder]),
  ],
  ['non-null assertions', limits.nonNull, [[sum(({ nonNull }) => nonNull), 'in all']]],
  ['casts', limits.casts, [[sum(({ casts }) => casts), 'in all']]],
];

console.log(`${files.length} files, ${functions.length} functions, ${folders.size} folders\n`);
let over = false;
for (const [what, limit, list] of rows) {
  const above = list.filter(([size]) => size > limit);
  over ||= above.length > 0;
  const [size, where] = list[0];
  console.log(`${above.length > 0 ? '✗' : '✓'} ${what}: at most ${size} (limit ${limit}), ${where}`);
  for (const [more, place] of above.slice(1)) console.log(`    ${more} ${place}`);
}
process.exitCode = over ? 1 : 0;
