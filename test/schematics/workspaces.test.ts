import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Application } from '../../src/schematics/application.js';
import { addTo } from '../../src/schematics/nest-add/index.js';
import { DiskFiles } from '../../src/schematics/tree/disk-files.js';
import { created, main, nestApplication, workspace, type Workspace } from './workspace.js';

interface Compose {
  services: Record<string, Record<string, unknown>>;
}

const server = nestApplication('apps/server', '@acme/server');
const lib = { 'packages/ui/package.json': '{ "name": "@acme/ui" }\n' };

const pnpm = {
  'package.json': '{ "name": "acme", "private": true }\n',
  'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/*\n',
  'pnpm-lock.yaml': '',
  ...lib,
  ...server,
};

const inRoot = [
  '.dockerignore',
  'docker-compose.yml',
  'docker/Dockerfile',
  'docker/healthcheck.mjs',
  'docker/redis/redis.conf',
];

const inApplication = ['.env.example', 'config/jobs.yml', 'src/main-worker.ts'].map(
  (path) => `apps/server/${path}`,
);

function compose(made: Workspace, path = 'docker-compose.yml'): Compose {
  return parse(made.read(path)) as Compose;
}

describe('fledge init in a pnpm workspace', () => {
  it.each([
    ['apps/server', {}],
    ['apps/server/src', {}],
    ['.', {}],
    ['.', { project: '@acme/server' }],
    ['packages/ui', { project: 'server' }],
    ['.', { project: './apps/server/' }],
    ['apps/server', { sourceRoot: 'src' }],
    ['.', { sourceRoot: 'apps/server/src' }],
  ])('run in %s with %j, puts each file where it belongs', async (at, options) => {
    const made = workspace(pnpm);
    const done = await made.init(at, { skipSample: true, ...options });
    expect(done.notes).toEqual([]);
    expect(created(done)).toEqual([...inRoot, ...inApplication].toSorted());
    expect(done.changes.filter(({ kind }) => kind === 'update').map(({ path }) => path)).toEqual([
      'apps/server/package.json',
      'apps/server/src/app.module.ts',
      'pnpm-workspace.yaml',
    ]);
    expect(made.json('apps/server/package.json').scripts).toMatchObject({
      'start:worker:prod': 'node dist/main-worker.js',
      'start:worker:dev': 'nest start --no-shell --entryFile main-worker --watch',
    });
    expect(made.json('apps/server/package.json').dependencies).toHaveProperty('bullmq');
    expect(made.json('package.json')).not.toHaveProperty('dependencies');
    expect(done.nextSteps).toContain('In apps/server:');
    expect(done.nextSteps).toContain('pnpm run start:all:dev');
    expect((await made.init(at, { skipSample: true, ...options })).changes).toEqual([]);
  });

  it('writes an image that installs the whole workspace and runs in the application’s folder', async () => {
    const made = workspace(pnpm);
    await made.init('apps/server');
    const dockerfile = made.read('docker/Dockerfile');
    expect(dockerfile).toContain('COPY . .');
    expect(dockerfile).toContain('pnpm install --frozen-lockfile\n');
    expect(dockerfile).toContain('RUN pnpm --filter "@acme/server..." run build\n');
    expect(dockerfile).toContain('pnpm install --prod --frozen-lockfile --ignore-scripts\n');
    expect(dockerfile).toContain('WORKDIR /app/apps/server\n');
    expect(dockerfile).toContain('CMD ["node", "dist/main.js"]');
    expect(dockerfile).not.toContain('<%');
    expect(compose(made).services.worker).toMatchObject({ command: ['node', 'dist/main-worker.js'] });
    expect(made.read('docker/healthcheck.mjs')).toContain('createRequire(`${process.cwd()}/`)');
  });

  it('prefers the build script of the workspace’s root', async () => {
    const made = workspace({
      ...pnpm,
      'package.json': '{ "name": "acme", "scripts": { "build": "turbo build" } }\n',
    });
    await made.init('apps/server');
    expect(made.read('docker/Dockerfile')).toContain('RUN pnpm run build\n');
  });

  it('keeps the Dockerfile of the application and the compose file of the workspace', async () => {
    const made = workspace({
      ...pnpm,
      'apps/server/Dockerfile': 'FROM node:24\nWORKDIR /app/apps/server\nCMD ["node", "dist/main"]\n',
      'docker-compose.yml': 'services:\n  db:\n    image: postgres:17\n',
    });
    const done = await made.init('apps/server', { skipSample: true });
    expect(created(done)).toEqual([...inApplication, 'docker/redis/redis.conf'].toSorted());
    expect(compose(made).services.worker).toMatchObject({
      build: { context: '.', dockerfile: 'apps/server/Dockerfile' },
      command: ['node', 'dist/main-worker.js'],
    });
    expect(done.notes.join('\n')).toContain('apps/server/Dockerfile was not changed.');
  });

  it('names the folder of the compiled worker if the application’s Dockerfile does not name its main.js', async () => {
    const made = workspace({ ...pnpm, Dockerfile: 'FROM node:24\nCMD ["pnpm", "start"]\n' });
    const { notes } = await made.init('apps/server');
    expect(notes.join('\n')).toContain('with the command: node apps/server/dist/main-worker.js');
  });

  it('reports peers that do not fit, with the command in the application’s folder, and installs nothing', async () => {
    const files = nestApplication('apps/server', '@acme/server', {
      dependencies: { '@nestjs/core': '^11.0.1', bullmq: '^5.1.0', nodemailer: '~9.0.1' },
    });
    const made = workspace({ ...pnpm, ...files });
    const { notes, installed } = await made.init('apps/server', { skipInstall: false });
    expect(notes).toContain('To upgrade and install, run: cd apps/server && pnpm add bullmq@6 nodemailer@10');
    expect(installed).toBeUndefined();
  });

  it('adds what it can as a schematic in the application’s folder, which cannot write above it', async () => {
    const made = workspace(pnpm);
    const folder = join(made.folder, 'apps/server');
    const files = new DiskFiles(folder);
    const app = await new Application(files, folder).open();
    const { notes } = await addTo(app, { ecs: true });
    expect(app.packageManager).toBe('pnpm');
    expect(notes.join('\n')).toContain("the workspace's root is ../..");
    expect(notes.join('\n')).toContain('Run: pnpm exec fledge init --ecs');
    const paths = files.changes.map(({ path }) => path);
    expect(paths.filter((path) => /docker|infra|buildspec/i.test(path))).toEqual([]);
    expect(paths).toContain('src/main-worker.ts');
  });
});

describe('fledge init', () => {
  it('asks which application, if there are several', async () => {
    const made = workspace({ ...pnpm, ...nestApplication('apps/admin', '@acme/admin') });
    await expect(made.init('.')).rejects.toThrow(
      'Several applications were found. Pass one of these names: --project=@acme/admin, --project=@acme/server',
    );
    await expect(made.init('.', { project: 'shop' })).rejects.toThrow(
      'There is no application shop. Pass one of these names: --project=@acme/admin, --project=@acme/server',
    );
    expect((await made.init('apps/admin')).sourceRoot).toBe('apps/admin/src');
  });

  it('names the option for the sources, if no application is found', async () => {
    const made = workspace({ 'package.json': '{}', 'package-lock.json': '', 'code/main.ts': main });
    await expect(made.init('.', { project: 'shop' })).rejects.toThrow(
      'Pass its folder: --source-root=<folder>',
    );
    await expect(made.init('.')).rejects.toThrow('No root module was found below src.');
  });

  it('with --dry-run lists the changes and makes none', async () => {
    const made = workspace(pnpm);
    const done = await made.init('apps/server', { dryRun: true, skipInstall: false });
    expect(created(done)).toContain('apps/server/src/main-worker.ts');
    expect(done.installed).toBeUndefined();
    for (const path of created(done)) expect(existsSync(join(made.folder, path)), path).toBe(false);
    expect(made.read('apps/server/src/app.module.ts')).not.toContain('JobsModule');
  });

  it('moves itself from devDependencies, where `nx add` puts it, to dependencies', async () => {
    const files = nestApplication('.', 'shop', {
      devDependencies: { 'nestjs-fledge': '^0.1.0', typescript: '^6' },
    });
    const made = workspace({ 'package-lock.json': '', ...files });
    await made.init('.');
    expect(made.json('package.json')).toMatchObject({
      dependencies: { 'nestjs-fledge': '^0.1.0' },
      devDependencies: { typescript: '^6' },
    });
    expect(made.json('package.json').devDependencies).not.toHaveProperty('nestjs-fledge');
  });

  it('does not take a folder above that is not a workspace for one', async () => {
    const made = workspace({
      'package.json': '{}',
      'package-lock.json': '',
      ...nestApplication('server', 'server'),
    });
    const done = await made.init('server');
    expect(done.root).toBe(join(made.folder, 'server'));
  });
});

describe('the image of a workspace', () => {
  const npm = { 'package.json': '{ "workspaces": ["apps/*", "packages/*"] }\n', ...lib, ...server };

  it.each([
    [
      'npm',
      { 'package-lock.json': '' },
      ['npm ci', 'npm run build --workspace apps/server', 'npm prune --omit=dev'],
    ],
    [
      'Yarn 1',
      { 'yarn.lock': '' },
      [
        'yarn install --frozen-lockfile',
        'yarn workspace @acme/server run build',
        '--production --ignore-scripts',
      ],
    ],
    [
      'Yarn 4',
      { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n', '.yarn/releases/yarn-4.cjs': '' },
      [
        'COPY .yarn/releases .yarn/releases',
        'yarn install --immutable',
        'yarn workspaces foreach -Rt --from @acme/server run build',
        'yarn workspaces focus --production @acme/server',
      ],
    ],
  ])('is built with the commands of %s', async (_, lock, commands) => {
    const made = workspace({ ...npm, ...lock } as Record<string, string>);
    await made.init('apps/server');
    const dockerfile = made.read('docker/Dockerfile');
    for (const command of commands) expect(dockerfile).toContain(command);
  });

  it('is not written for Yarn without node_modules', async () => {
    const made = workspace({ ...npm, 'yarn.lock': '', '.yarnrc.yml': '' });
    const { notes } = await made.init('apps/server');
    expect(notes).toEqual([
      "Fledge has no Dockerfile for yarn without node_modules (Plug'n'Play). Nothing was added for Docker.",
    ]);
  });
});
