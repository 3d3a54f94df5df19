import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { manifest, nestApplication, sources, workspace, type Workspace } from './workspace.js';

interface Configuration {
  readonly entry: Readonly<Record<string, string>>;
  readonly output: { readonly filename: string };
}

const project = (name: string, more: object = {}): object => ({
  type: 'application',
  root: `apps/${name}`,
  entryFile: 'main',
  sourceRoot: `apps/${name}/src`,
  compilerOptions: { tsConfigPath: `apps/${name}/tsconfig.app.json` },
  ...more,
});

/** Nest's own monorepo mode, with the default application shop. */
function monorepo(compilerOptions: object, more: Readonly<Record<string, string>> = {}): Workspace {
  const config = {
    monorepo: true,
    root: 'apps/shop',
    sourceRoot: 'apps/shop/src',
    compilerOptions,
    projects: {
      admin: project('admin'),
      common: project('common', { type: 'library' }),
      shop: project('shop'),
    },
  };
  const isBundled = 'webpack' in compilerOptions || 'builder' in compilerOptions;
  const start = `node dist/apps/shop/${isBundled ? '' : 'apps/shop/src/'}main`;
  return workspace({
    'package.json': manifest('acme', { scripts: { build: 'nest build', 'start:prod': start } }),
    'package-lock.json': '',
    'nest-cli.json': `// Nest's applications\n${JSON.stringify(config)}\n`,
    ...sources('apps/shop'),
    ...sources('apps/admin'),
    ...more,
  });
}

/** Loads a written configuration and calls it like Nest's command. */
async function entriesOf(made: Workspace, file: string, application: string): Promise<Configuration> {
  const { default: make } = (await import(pathToFileURL(join(made.folder, file)).href)) as {
    default: (options: object) => Configuration;
  };
  return make({
    entry: join(made.folder, `apps/${application}/src/main.ts`),
    output: { filename: `apps/${application}/main.js`, library: { type: 'commonjs2' } },
  });
}

describe("Nest's monorepo mode", () => {
  it.each([
    [{ webpack: true }, 'webpack.config.js'],
    [{ builder: 'rspack' }, 'rspack.config.js'],
    [{ builder: { type: 'webpack', options: { configPath: 'config/bundle.js' } } }, 'config/bundle.js'],
  ])('with %j compiles both entrypoints of each application that has two', async (compilerOptions, file) => {
    const made = monorepo(compilerOptions);
    await made.init('.');
    expect(made.json('package.json').scripts).toMatchObject({
      'start:worker': 'nest start --no-shell --entryFile main-worker',
      'start:worker:prod': 'node dist/apps/shop/main-worker.js',
    });
    const dockerfile = made.read('docker/Dockerfile');
    expect(dockerfile).toContain('CMD ["node", "dist/apps/shop/main.js"]');
    expect(dockerfile).toContain('COPY --from=build /app/dist dist\n');
    expect(made.read('docker-compose.yml')).toContain('command: [node, dist/apps/shop/main-worker.js]');
    const shop = await entriesOf(made, file, 'shop');
    expect(shop.entry).toEqual({
      'apps/shop/main': join(made.folder, 'apps/shop/src/main.ts'),
      'apps/shop/main-worker': join(made.folder, 'apps/shop/src/main-worker.ts'),
    });
    expect(shop.output).toEqual({ filename: '[name].js', library: { type: 'commonjs2' } });
    expect(Object.keys((await entriesOf(made, file, 'admin')).entry)).toEqual(['apps/admin/main']);
  });

  it('writes an ES module for a package of ES modules', async () => {
    const made = monorepo({ builder: 'rspack' }, { 'package.json': manifest('acme', { type: 'module' }) });
    await made.init('.');
    expect(made.read('rspack.config.js')).toContain('export default (options) => {');
    expect(Object.keys((await entriesOf(made, 'rspack.config.js', 'shop')).entry)).toHaveLength(2);
  });

  it('keeps an existing configuration, and names what to add to it', async () => {
    const made = monorepo(
      { webpack: true },
      { 'webpack.config.js': 'module.exports = (options) => options;\n' },
    );
    const { notes } = await made.init('.');
    expect(made.read('webpack.config.js')).not.toContain('main-worker');
    expect(notes.join('\n')).toContain(
      'webpack.config.js was not changed. The worker has its own entrypoint, so compile apps/shop/src/main-worker.ts to dist/apps/shop/main-worker.js in it too.',
    );
  });

  it.each(['admin', 'apps/admin'])('adds to the application that --project=%s names', async (name) => {
    const made = monorepo({ webpack: true });
    const { sourceRoot, nextSteps } = await made.init('.', { project: name });
    expect(sourceRoot).toBe('apps/admin/src');
    expect(made.json('package.json').scripts).toMatchObject({
      'start:worker-admin': 'nest start admin --no-shell --entryFile main-worker',
      'start:all-admin:dev': 'nest start admin --watch --exec "fledge dev"',
      'start:worker-admin:prod': 'node dist/apps/admin/main-worker.js',
    });
    expect(made.read('docker/Dockerfile')).toContain('RUN npx nest build admin\n');
    expect(nextSteps).toContain('npm run start:all-admin:dev');
  });

  it('with tsc needs no configuration', async () => {
    const made = monorepo({});
    await made.init('.', { project: 'admin' });
    expect(existsSync(join(made.folder, 'webpack.config.js'))).toBe(false);
    expect(made.json('package.json').scripts).toMatchObject({
      'start:worker-admin:prod': 'node dist/apps/admin/apps/admin/src/main-worker.js',
    });
  });
});

it.each(['swc', 'tsc'])('%s compiles all files, and needs no configuration', async (builder) => {
  const config = JSON.stringify({ sourceRoot: 'src', compilerOptions: { builder } });
  const made = workspace({
    'package-lock.json': '',
    ...nestApplication('.', 'shop'),
    'nest-cli.json': config,
  });
  const { changes, notes } = await made.init('.');
  expect(notes).toEqual([]);
  expect(changes.filter(({ path }) => path.includes('config.js'))).toEqual([]);
});

it.each(['nest build --webpack', 'nest build -b webpack', 'nest build --builder=webpack'])(
  'the script %s names the builder',
  async (build) => {
    const scripts = { build, 'start:prod': 'node dist/main' };
    const made = workspace({ 'package-lock.json': '', ...nestApplication('.', 'shop', { scripts }) });
    await made.init('.');
    expect(made.read('webpack.config.js')).toContain("'main-worker.ts'");
    expect(made.json('package.json').scripts).toMatchObject({
      'start:worker:prod': 'node dist/main-worker.js',
    });
  },
);

describe('an Nx workspace', () => {
  const api = {
    'package.json': manifest('acme', { devDependencies: { nx: '^22.0.0' } }),
    'package-lock.json': '',
    'nx.json': '{}\n',
    ...sources('apps/api'),
    ...sources('libs/shared/tool'),
  };
  const nx = (build: object | undefined, more: Readonly<Record<string, string>> = {}): Workspace =>
    workspace({
      ...api,
      'apps/api/project.json': JSON.stringify({
        name: 'api',
        sourceRoot: 'apps/api/src',
        targets: { ...(build ? { build } : {}), serve: { executor: '@nx/js:node' } },
      }),
      ...more,
    });
  const outputPath = 'dist/apps/api';
  const target = (made: Workspace, name: string): unknown =>
    made.json('apps/api/project.json').targets?.[name];

  it.each([
    ['@nx/webpack:webpack', [{ entryName: 'main-worker', entryPath: 'apps/api/src/main-worker.ts' }]],
    ['@nx/rspack:rspack', [{ entryName: 'main-worker', entryPath: 'apps/api/src/main-worker.ts' }]],
    ['@nx/esbuild:esbuild', ['apps/api/src/main-worker.ts']],
  ])('%s compiles the worker’s entrypoint, and targets start it', async (executor, entries) => {
    const options = { outputPath, main: 'apps/api/src/main.ts' };
    const made = nx({ executor, options });
    const { notes, changes } = await made.init('.', { project: 'api' });
    expect(notes).toEqual([]);
    expect(target(made, 'build')).toEqual({
      executor,
      options: { ...options, additionalEntryPoints: entries },
    });
    expect(target(made, 'worker')).toEqual({
      command: 'node dist/apps/api/main-worker.js',
      dependsOn: ['build'],
    });
    expect(target(made, 'serve-worker')).toEqual({
      command: 'node --watch dist/apps/api/main-worker.js',
      dependsOn: ['build'],
    });
    expect(made.json('package.json')).not.toHaveProperty('scripts');
    expect(made.json('package.json').dependencies).toHaveProperty('nestjs-fledge');
    expect(changes.map(({ path }) => path)).toContain('config/jobs.yml');
    expect(made.read('docker/Dockerfile')).toContain('RUN npx nx run api:build\n');
    expect((await made.init('apps/api')).changes).toEqual([]);
  });

  it.each([
    [
      "  plugins: [\n    new NxAppWebpackPlugin({\n      target: 'node',\n      main: './src/main.ts',\n    }),\n  ],\n",
      '\n      ',
    ],
    [`  plugins: [new NxAppWebpackPlugin({ main: './src/main.ts' })],\n`, ' '],
  ])("adds the entrypoint to the options of Nx's plugin for webpack", async (plugins, gap) => {
    const config = `const { NxAppWebpackPlugin } = require('@nx/webpack/app-plugin');\nconst { join } = require('path');\n\nmodule.exports = {\n  output: { path: join(__dirname, '../../dist/apps/api') },\n${plugins}};\n`;
    const made = nx(undefined, { 'apps/api/webpack.config.js': config });
    expect((await made.init('apps/api')).notes).toEqual([]);
    const entry = `additionalEntryPoints: [{ entryName: 'main-worker', entryPath: 'apps/api/src/main-worker.ts' }],${gap}`;
    const after = made.read('apps/api/webpack.config.js');
    expect(after).toContain(entry);
    expect(after.replace(entry, '')).toBe(config);
    expect(target(made, 'worker')).toMatchObject({ command: 'node dist/apps/api/main-worker.js' });
    expect((await made.init('apps/api')).changes).toEqual([]);
  });

  it('finds targets in package.json, and packages in the workspace’s root', async () => {
    const config = `const { NxAppWebpackPlugin } = require('@nx/webpack/app-plugin');\nmodule.exports = {\n  output: { path: join(__dirname, 'dist') },\n  plugins: [new NxAppWebpackPlugin({ main: './src/main.ts' })],\n};\n`;
    const made = workspace({
      ...api,
      'apps/api/package.json': '{\n  "name": "@acme/api",\n  "nx": { "targets": { "serve": {} } }\n}\n',
      'apps/api/webpack.config.js': config,
    });
    await made.init('.', { project: '@acme/api' });
    const { nx: settings } = made.json('apps/api/package.json');
    expect(settings).toMatchObject({
      targets: { serve: {}, worker: { command: 'node apps/api/dist/main-worker.js' } },
    });
    expect(made.json('package.json').dependencies).toHaveProperty('bullmq');
    expect(made.read('docker/Dockerfile')).toContain('COPY --from=build /app/apps/api/dist apps/api/dist\n');
  });

  it('@nx/js:tsc compiles all files, in the folders of the sources', async () => {
    const made = nx({ executor: '@nx/js:tsc', options: { outputPath, main: 'apps/api/src/main.ts' } });
    expect((await made.init('.', { project: 'api' })).notes).toEqual([]);
    expect(target(made, 'worker')).toMatchObject({ command: 'node dist/apps/api/src/main-worker.js' });
  });

  it('names what to do if the bundler is unknown', async () => {
    const made = nx({ executor: '@acme/pack:pack', options: { outputPath } });
    const { notes } = await made.init('.', { project: 'api' });
    expect(notes).toEqual([
      'The build of api was not changed, because its bundler is unknown. The worker has its own entrypoint, so compile apps/api/src/main-worker.ts to dist/apps/api/main-worker.js too.',
    ]);
  });
});
