import { posix } from 'node:path';
import type { Application } from '../application.js';
import { isBundler } from '../place/compiled.js';
import { inStyle, render } from '../text/texts.js';

/**
 * Makes Nest's webpack or rspack compile main-worker.ts too. Other builders compile all files.
 *
 * @returns notes for the user
 */
export async function addBundlerEntry(app: Application): Promise<string[]> {
  const { nest } = app.place;
  const builder = builderIn(app.manifest.scripts?.build ?? '') ?? nest?.builder;
  if (!nest || !isBundler(builder)) return [];
  const isModule = app.manifest.type === 'module';
  const path = app.file(nest.configPath ?? `${builder}.config.js`);
  if (await app.addCode(path, inStyle(configOf(isModule || path.endsWith('.mjs')), app.style))) return [];
  if (app.tree.readText(path).includes('main-worker')) return [];
  const worker = posix.relative(app.place.folder, posix.join(app.sourceRoot, 'main-worker.ts'));
  return [
    `${path.slice(1)} was not changed. The worker has its own entrypoint, so compile ${worker} to ${app.compiled('main-worker')} in it too. docs/nest-add.md of nestjs-fledge has an example.`,
  ];
}

/** Returns the builder that a script such as `nest build --builder=webpack` names. */
function builderIn(script: string): string | undefined {
  const words = script.split(/[\s=]+/);
  if (words.includes('--webpack')) return 'webpack';
  const flag = words.findIndex((word) => word === '--builder' || word === '-b');
  return flag === -1 ? undefined : words[flag + 1];
}

function configOf(isModule: boolean): string {
  const load = (names: string, from: string): string =>
    isModule ? `import { ${names} } from '${from}';\n` : `const { ${names} } = require('${from}');\n`;
  return render('bundler.config.js', {
    imports: load('existsSync', 'node:fs') + load('dirname, join, posix', 'node:path'),
    export: isModule ? 'export default' : 'module.exports =',
  });
}
