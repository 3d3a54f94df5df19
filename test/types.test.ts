import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// Uses the built declarations, as an application does. `npm run typecheck` covers the sources and the tests.
it('files in test/types compile, and their marked lines do not', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const command = [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}test/types/tsconfig.dist.json`];
  const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
}, 120_000);
