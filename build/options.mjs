// `npm run docs:options`: writes the tables of options in docs/ from the doc comments of src/. With --check it only reports
// stale tables and exits with 1. A table stands between `<!-- options: NameOfAType -->` and `<!-- end -->`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { Declarations } from './options/declarations.mjs';
import { optionRows } from './options/option-rows.mjs';
import { settingRows } from './options/setting-rows.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const pages = ['docs/configuration.md', 'docs/worker.md'];
const marked = /(<!-- (options|settings): (\w+) -->\n)[^]*?(<!-- end -->)/g;

const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values;
const declarations = new Declarations(join(root, 'src'));
const problems = [];

for (const page of pages) {
  const path = join(root, page);
  const before = readFileSync(path, 'utf8');
  const filled = before.replace(
    marked,
    (_, start, kind, name, end) => `${start}\n${table(kind, name)}\n\n${end}`,
  );
  const after = await prettier.format(filled, { ...(await prettier.resolveConfig(path)), filepath: path });
  if (after === before) continue;
  if (check) problems.push(`${page} is stale. Run npm run docs:options.`);
  else writeFileSync(path, after);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function table(kind, name) {
  const { head, rows, missing } =
    kind === 'settings' ? settingRows(declarations, name) : optionRows(declarations, name);
  problems.push(...missing);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return lines.join('\n');
}

/** A pipe ends a cell, even in code. */
function cell(text) {
  return text.replaceAll('|', '\\|');
}
