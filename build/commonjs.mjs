// Writes the library a second time as CommonJS for Jest: `x.cjs` next to each `x.js`. Node loads the ES modules both
// by `import` and by `require` (the condition "module-sync" in package.json), so a process never has two copies. Jest
// on Node before 24.9 cannot require an ES module. Without these files an application's tests would fail once its
// root module imports Fledge. The script converts each subpath of `exports` that has a "require", and all files that
// it imports.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const relative = /\b(from|import|import\()(\s*)'(\.[^']*)\.js'/g;
const done = new Set();

/** @param {string} file a compiled ES module */
function convert(file) {
  if (done.has(file)) return;
  done.add(file);
  const text = readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  for (const [, , , path] of text.matchAll(relative)) convert(join(dirname(file), `${path}.js`));
  const { outputText } = ts.transpileModule(
    text
      .replaceAll(relative, "$1$2'$3.cjs'")
      .replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href"),
    {
      fileName: file.replace(/\.js$/, '.cts'),
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2023,
        esModuleInterop: true,
        removeComments: true,
      },
    },
  );
  writeFileSync(file.replace(/\.js$/, '.cjs'), outputText);
}

for (const conditions of Object.values(exports)) {
  if (!conditions.require) continue;
  const esm = join(root, conditions.default);
  if (join(root, conditions.require) !== esm.replace(/\.js$/, '.cjs'))
    throw new Error(`package.json: ${conditions.require} must be next to ${conditions.default}`);
  convert(esm);
}
