import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nestApplication, workspace } from './workspace.js';

const application = { 'pnpm-lock.yaml': '', ...nestApplication('.', 'shop') };
const options = { skipSample: true, skipDocker: true };
const file = 'pnpm-workspace.yaml';
const named = (packageManager: string): Record<string, string> => ({
  ...application,
  ...nestApplication('.', 'shop', { packageManager }),
});

describe('fledge init with pnpm', () => {
  it.each([
    [undefined, { allowBuilds: { 'msgpackr-extract': false } }],
    ['packages:\n  - apps/*', { packages: ['apps/*'], allowBuilds: { 'msgpackr-extract': false } }],
    ['allowBuilds:\n  esbuild: true\n', { allowBuilds: { esbuild: true, 'msgpackr-extract': false } }],
    ['allowBuilds:\r\n  esbuild: true\r\n', { allowBuilds: { esbuild: true, 'msgpackr-extract': false } }],
  ])('refuses the install script without which pnpm 11 installs nothing, in %j', async (before, after) => {
    const made = workspace({ ...application, ...(before === undefined ? {} : { [file]: before }) });
    const { notes } = await made.init('.', options);
    expect(notes).toEqual([]);
    expect(parse(made.read(file))).toEqual(after);
    expect((await made.init('.', options)).changes).toEqual([]);
  });

  it.each([
    ['allowBuilds: { esbuild: true }\n'],
    ['allowBuilds:\n    esbuild: true\n'],
    ['onlyBuiltDependencies:\n  - esbuild\n'],
    ['strictDepBuilds: false\n'],
  ])('prints the lines and keeps a file with other settings of install scripts: %j', async (before) => {
    const made = workspace({ ...application, [file]: before });
    const { notes } = await made.init('.', options);
    expect(notes.join('\n')).toContain('allowBuilds:\n    msgpackr-extract: false');
    expect(made.read(file)).toBe(before);
  });

  it('keeps a decision about the script', async () => {
    const before = 'allowBuilds:\n  msgpackr-extract: true\n';
    const made = workspace({ ...application, [file]: before });
    expect((await made.init('.', options)).notes).toEqual([]);
    expect(made.read(file)).toBe(before);
  });

  it.each([
    ['pnpm@9.15.0', false],
    ['pnpm@10.34.9', true],
    ['pnpm@12.21.0', true],
  ])('writes the file with %s: %s', async (packageManager, isWritten) => {
    const made = workspace(named(packageManager));
    const { changes } = await made.init('.', options);
    expect(changes.some(({ path }) => path === file)).toBe(isWritten);
  });
});
