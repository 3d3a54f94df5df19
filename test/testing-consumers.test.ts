import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { install, pack, root } from './support/pack.js';

// Consumers whose own tests use the testing kit.

let folder: string;
let tarball: string;

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Packs an application, its test file and its runner, with the files that all consumers share. */
async function copy(name: string, home: string): Promise<void> {
  for (const part of ['testing-common', name])
    await cp(join(root, 'test/consumers', part), home, { recursive: true });
}

/** Returns the output of the runner. Rejects if a test fails, or if an open handle keeps the process alive. */
async function runTests(home: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' };
  const { stdout, stderr } = await promisify(execFile)('npm', ['test'], {
    cwd: home,
    env,
    timeout: 60_000,
  });
  return stdout + stderr;
}

const runners = ['testing-vitest', 'testing-jest', 'testing-node'];
const workspaces = (): string => join(folder, 'testing');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fledge-testers-'));
  tarball = join(folder, (await pack(folder)).filename);
  for (const name of runners) await copy(name, join(workspaces(), name));
  await writeFile(join(workspaces(), 'package.json'), JSON.stringify({ private: true, workspaces: runners }));
  await install(workspaces(), '--workspaces', tarball);
});

it.each(runners)('%s passes and ends by itself', async (name) => {
  const output = await runTests(join(workspaces(), name));
  expect(output).toMatch(/3 passed|pass 3/);
  expect(output).not.toMatch(/did not exit|close timed out/);
});

it('testing-jest-commonjs passes with the CommonJS form that Jest loads', async () => {
  const home = join(folder, 'testing-jest-commonjs');
  await copy('testing-jest-commonjs', home);
  await install(home, tarball);
  expect(await runTests(home)).toContain('1 passed');
});
