import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

it.each([
  { stream: 'stdout', args: ['completion', 'bash'], code: 0 },
  { stream: 'stderr', args: ['completion', 'nushell'], code: 2 },
] as const)('ends without an error of Node if the reader of $stream is gone, as head is', async (example) => {
  const child = spawn(process.execPath, [entry, ...example.args]);
  child[example.stream].destroy();
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, errors }).toEqual({ code: example.code, errors: '' });
});
