import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defaultAppName, resolveAppName } from './app-name.js';

/** Writes files into a new folder, and returns the folder. */
async function folderWith(files: Record<string, object>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fledge-app-name-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(content));
  }
  return folder;
}

it.each([
  ['one application', 'dist/main.js', 'acme'],
  ['its worker', 'dist/main-worker.js', 'acme'],
  ['an application of a Nest monorepo', 'dist/apps/shop/main.js', 'acme/shop'],
  ['its worker', 'dist/apps/shop/main-worker.js', 'acme/shop'],
  ['a source file in development', 'apps/shop/src/main.ts', 'acme/shop'],
  ['a workspace with its own package.json', 'apps/blog/dist/main.js', '@acme/blog'],
  ['one whose package has no scope', 'apps/wiki/dist/main.js', 'acme/wiki'],
  ['a test runner', 'node_modules/vitest/vitest.mjs', 'acme'],
])('the default name of %s (%s) is %s', async (_, entry, expected) => {
  const folder = await folderWith({
    'package.json': { name: 'acme' },
    // As build tools write it, without a name.
    'dist/package.json': { type: 'commonjs' },
    'apps/blog/package.json': { name: '@acme/blog' },
    'apps/wiki/package.json': { name: 'wiki' },
    'node_modules/vitest/package.json': { name: 'vitest' },
  });
  expect(defaultAppName(join(folder, entry), folder)).toBe(expected);
});

it('there is no default name without a package.json', () => {
  expect(defaultAppName('/nowhere/main.js', '/nowhere')).toBeUndefined();
});

it.each([[''], [' '], ['x'.repeat(201)], [7 as unknown as string]])('refuses the option %j', (app) => {
  expect(() => resolveAppName(app)).toThrow(/app is .*FLEDGE_OPTION_INVALID/);
});
