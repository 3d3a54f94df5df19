import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root, run } from './commands.mjs';

const schematics = join(root, 'node_modules/.bin/schematics');

const write = (home, files) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(
      join(home, path),
      typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
    );
  }
};

const edit = (file, change) => writeFileSync(file, change(readFileSync(file, 'utf8')));
const editJson = (file, change) =>
  edit(file, (text) => `${JSON.stringify(change(JSON.parse(text)), null, 2)}\n`);

/** The files of `nest new`, without installed packages. */
async function nestNew(home, type = 'esm') {
  mkdirSync(dirname(home), { recursive: true });
  const args = [`--name=${basename(home)}`, `--type=${type}`, '--no-dry-run'];
  await run(dirname(home), schematics, ['@nestjs/schematics:application', ...args]);
}

const single = (type) => async (home, manager) => {
  await nestNew(home, type);
  if (manager.name === 'berry') write(home, { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' });
  await manager.install(home);
};

/** A workspace with the application apps/server, which uses the package packages/shared. */
async function workspace(home, manager) {
  const shared = manager.name === 'npm' || manager.name === 'yarn' ? '*' : 'workspace:*';
  await nestNew(join(home, 'apps/server'));
  editJson(join(home, 'apps/server/package.json'), (manifest) => ({
    ...manifest,
    name: '@acme/server',
    dependencies: { ...manifest.dependencies, '@acme/shared': shared },
  }));
  edit(
    join(home, 'apps/server/src/app.service.ts'),
    (text) => `import { greeting } from '@acme/shared';\n${text.replace("'Hello World!'", 'greeting')}`,
  );
  write(home, {
    'package.json': { name: 'acme', private: true, workspaces: ['apps/*', 'packages/*'] },
    'packages/shared/package.json': {
      name: '@acme/shared',
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      types: './index.d.ts',
    },
    'packages/shared/index.js': "export const greeting = 'Hello World!';\n",
    'packages/shared/index.d.ts': 'export declare const greeting: string;\n',
    ...(manager.name === 'pnpm' ? { 'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/*\n' } : {}),
    ...(manager.name === 'berry' ? { '.yarnrc.yml': 'nodeLinker: node-modules\n', 'yarn.lock': '' } : {}),
  });
  if (manager.name === 'pnpm')
    editJson(join(home, 'package.json'), (manifest) => ({ ...manifest, workspaces: undefined }));
  await manager.install(home);
}

/** Nest 12's monorepo mode, which uses rspack. */
async function monorepo12(home, manager) {
  await nestNew(home);
  await manager.install(home);
  await run(home, 'node_modules/.bin/nest', ['g', 'app', 'admin']);
  await manager.add(home, '-D', '@rspack/core', 'webpack-node-externals', 'tsconfig-paths-webpack-plugin');
}

async function nest11(home, manager) {
  write(home, { 'tools/package.json': { private: true } });
  await manager.add(join(home, 'tools'), '@nestjs/cli@11');
  const args = ['new', basename(home), '--package-manager=npm', '--skip-git', '--skip-install'];
  await run(join(home, 'tools'), 'node_modules/.bin/nest', args);
  const made = join(home, 'tools', basename(home));
  for (const name of readdirSync(made)) renameSync(join(made, name), join(home, name));
  rmSync(join(home, 'tools'), { recursive: true });
  await manager.install(home);
}

/** Nest 11's monorepo mode, which uses webpack. */
async function monorepo11(home, manager) {
  await nest11(home, manager);
  await run(home, 'node_modules/.bin/nest', ['g', 'app', 'admin']);
}

async function webpack(home, manager) {
  await nest11(home, manager);
  editJson(join(home, 'nest-cli.json'), (config) => ({
    ...config,
    compilerOptions: { ...config.compilerOptions, builder: 'webpack' },
  }));
}

async function swc(home, manager) {
  await single('esm')(home, manager);
  await manager.add(home, '-D', '@swc/cli', '@swc/core');
  editJson(join(home, 'nest-cli.json'), (config) => ({
    ...config,
    compilerOptions: { ...config.compilerOptions, builder: 'swc' },
  }));
}

/** ES modules that import `./app.module.ts`. */
async function tsExtensions(home, manager) {
  await single('esm')(home, manager);
  editJson(join(home, 'tsconfig.json'), (config) => ({
    ...config,
    compilerOptions: { ...config.compilerOptions, rewriteRelativeImportExtensions: true },
  }));
  for (const folder of ['src', 'test'])
    for (const name of readdirSync(join(home, folder)).filter((file) => file.endsWith('.ts')))
      edit(join(home, folder, name), (text) => text.replace(/(from '\.[^']*)\.js'/g, "$1.ts'"));
}

/** An Nx workspace with the application apps/api, as Nx's own generators make both. */
async function nx(home, manager) {
  write(home, {
    'package.json': {
      name: 'acme',
      version: '0.0.0',
      private: true,
      scripts: {},
      dependencies: {},
      devDependencies: {},
    },
    'nx.json': {},
    '.gitignore': 'node_modules\ndist\n.nx\n',
  });
  const version = '22';
  await manager.add(
    home,
    '-D',
    ...['nx', '@nx/nest', '@nx/webpack', '@nx/js', '@nx/node'].map((name) => `${name}@${version}`),
  );
  const settings = { NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false' };
  const args = [
    'nx',
    'g',
    '@nx/nest:app',
    'apps/api',
    '--linter=none',
    '--unitTestRunner=none',
    '--e2eTestRunner=none',
    '--no-interactive',
  ];
  await manager.exec(home, args, settings);
  await manager.install(home);
}

/**
 * make(home, manager) creates the application and installs its packages
 * manager             npm, if none is named
 * folder              of the application's package.json
 * project             the value of --project
 * build               the words after the package manager's exec, in place of the script build
 * tests               scripts that must pass before and after
 * install             the installation of the image, in place of the Dockerfile's
 * nx                  true if `nx g nestjs-fledge:init` adds Fledge, and not `fledge init`
 */
export const workspacePoints = {
  pnpm: { make: single('esm'), manager: 'pnpm', tests: ['test', 'test:e2e'] },
  yarn: { make: single('esm'), manager: 'yarn', tests: ['test'] },
  'yarn-berry': { make: single('esm'), manager: 'berry', tests: ['test'] },
  'pnpm-workspace': { make: workspace, manager: 'pnpm', folder: 'apps/server', tests: ['test'] },
  'npm-workspace': { make: workspace, folder: 'apps/server', tests: ['test'] },
  'yarn-workspace': { make: workspace, manager: 'yarn', folder: 'apps/server', tests: ['test'] },
  'nest-monorepo': { make: monorepo12, tests: [] },
  'nest-monorepo-project': {
    make: monorepo12,
    project: 'admin',
    build: ['nest', 'build', 'admin'],
    worker: 'start:worker-admin:prod',
    tests: [],
  },
  'nest11-monorepo': { make: monorepo11, tests: ['test'] },
  webpack: { make: webpack, tests: ['test'] },
  swc: { make: swc, tests: ['test'] },
  'ts-extensions': { make: tsExtensions, tests: ['test', 'test:e2e'] },
  nx: {
    make: nx,
    project: 'api',
    build: ['nx', 'run', 'api:build'],
    nx: true,
    // npm's own lock file lacks optional packages of sass-embedded, which Nx uses, so `npm ci` refuses it.
    install: ['npm ci', 'npm install'],
    tests: [],
  },
};
