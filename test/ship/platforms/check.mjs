// npm run check:platforms: compares each manifest of docs/platforms.md with the types of Kubernetes' API, which the package
// kubernetes-models generates from its schema. Nothing but the compiler runs, so a misspelled field is an error too.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { check, root, run } from '../../nest-add/commands.mjs';

const page = readFileSync(join(root, 'docs/platforms.md'), 'utf8');
const manifests = [...page.matchAll(/^```yaml\n(.*?)^```/gms)]
  .filter(([, block]) => block.includes('apiVersion'))
  .flatMap(([, block]) => parseAllDocuments(block).map((one) => one.toJS()));

/** A program that compiles only if the manifest has the type of its kind. */
const program = ({ apiVersion, kind, ...rest }) =>
  `import type { I${kind} } from 'kubernetes-models/${apiVersion}';\n` +
  `export const manifest: I${kind} = ${JSON.stringify({ apiVersion, kind, ...rest }, null, 2)};\n`;

const folder = mkdtempSync(join(tmpdir(), 'fledge-platforms-'));
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run(folder, 'npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    'kubernetes-models@5.1.0',
  ]);
  const compilerOptions = { noEmit: true, strict: true, skipLibCheck: true, module: 'nodenext', types: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifest.ts'] }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const compile = async (source) => {
    writeFileSync(join(folder, 'manifest.ts'), source);
    return run(folder, process.execPath, [tsc, '-p', '.']).then(
      () => '',
      ({ message }) => message,
    );
  };
  for (const manifest of manifests) {
    const name = `${manifest.kind} ${manifest.metadata.name}`;
    const errors = await compile(program(manifest));
    check(errors === '', `${name} has the fields of its kind`, errors);
    const wrong = await compile(program({ ...manifest, spec: { ...manifest.spec, misspelled: 1 } }));
    check(wrong.includes('misspelled'), `${name} would not, with a field that does not exist`, wrong);
  }
  check(manifests.length >= 5, `${manifests.length} manifests were checked`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
