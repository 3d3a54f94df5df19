import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../support/pack.js';

const run = promisify(execFile);

it('the tables of options in docs/ equal the doc comments, which describe every option and its default', async () => {
  const check = run(process.execPath, ['build/options.mjs', '--check'], { cwd: root });
  await expect(check).resolves.toEqual({ stdout: '', stderr: '' });
});
