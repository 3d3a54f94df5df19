import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { root } from '../support/pack.js';
import { nestApplication, workspace } from './workspace.js';

/** Runs the built `fledge init` in a folder. */
async function init(
  cwd: string,
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'init', ...args], {
    cwd,
    env: { PATH: process.env.PATH },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

const application = { 'package-lock.json': '', ...nestApplication('.', 'shop') };

const webpack = '{ "sourceRoot": "src", "compilerOptions": { "builder": "webpack" } }\n';

describe('fledge init', () => {
  it('lists the files, does not say that it is done with --dry-run, and says so once it is', async () => {
    const { folder } = workspace(application);
    const dry = await init(folder, '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(dry.out).toContain('CREATE src/main-worker.ts\n');
    expect(dry.out).toContain('UPDATE src/app.module.ts\n');
    expect(dry.out).toMatch(/\nNothing was changed, because of --dry-run\.\n$/);
    expect(existsSync(join(folder, 'src/main-worker.ts'))).toBe(false);
    const done = await init(folder, '--skip-install');
    expect(done.out).toContain('\nFledge is in src.\n');
    expect(existsSync(join(folder, 'src/main-worker.ts'))).toBe(true);
    expect((await init(folder, '--skip-install')).out).toBe(
      '\nFledge is already installed. Nothing was changed.\n',
    );
  });

  it('prints one line of JSON, with the notes', async () => {
    const old = nestApplication('.', 'shop', {
      dependencies: { '@nestjs/core': '^12.0.1', bullmq: '^5.0.0' },
    });
    const { folder } = workspace({ ...application, ...old });
    const { code, out } = await init(folder, '--json', '--skip-sample', '--skip-docker');
    expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 1 });
    expect(JSON.parse(out)).toMatchObject({
      sourceRoot: 'src',
      files: expect.arrayContaining([{ path: 'src/main-worker.ts', kind: 'create' }]),
      notes: expect.arrayContaining(['To upgrade and install, run: npm install bullmq@6']),
      installed: null,
      dryRun: false,
    });
  });

  it('installs with the package manager of the lock file, and names what failed', async () => {
    const { folder } = workspace(application);
    // No program of this name is found, so the installation fails.
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'init'], {
      cwd: folder,
      env: { PATH: join(folder, 'nowhere') },
    });
    let err = '';
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(code).toBe(1);
    expect(err).toContain(
      'The files were written, but the packages were not installed: npm install ended with',
    );
  });

  it('prints the notes if the installation fails, because a second run would not repeat them', async () => {
    const files = { ...application, 'src/main.ts': 'export const nothing = 1;\n' };
    const { folder } = workspace({ ...files, 'webpack.config.js': '', 'nest-cli.json': webpack });
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'init'], {
      cwd: folder,
      env: { PATH: join(folder, 'nowhere') },
    });
    let out = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    expect(await new Promise<number | null>((resolve) => child.on('close', resolve))).toBe(1);
    expect(out).toContain('webpack.config.js');
    expect(out).toContain('main-worker');
    expect(out).not.toContain('Fledge is in src.');
  });

  it('names a package.json that is not valid, and generators when there are no samples', async () => {
    const broken = await init(workspace({ ...application, 'package.json': '{' }).folder);
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.err).toContain('package.json is not a valid JSON object.');
    const { out } = await init(workspace(application).folder, '--skip-install', '--skip-sample');
    expect(out).not.toContain('GreetJob');
    expect(out).toContain('npx nest g -c nestjs-fledge job import-csv');
  });

  it.each([
    [['--project', 'admin'], 1, 'There is no application admin. Pass one of these names: --project=shop'],
    [['--codebuild', '--skip-docker'], 1, '--codebuild needs the files for Docker.'],
    [['shop'], 2, 'Too many arguments. Use fledge init [options].'],
    [['--project', ''], 2, '--project is empty.'],
    [['--dryrun'], 2, 'Did you mean "--dry-run"?'],
  ])('refuses %j', async (args, code, message) => {
    const { folder } = workspace(application);
    const ended = await init(folder, ...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(message);
  });
});
