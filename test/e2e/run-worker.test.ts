import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { until } from '../support/until.js';

function start(fixture: string): {
  output: () => string;
  kill: (signal: NodeJS.Signals) => void;
  ended: Promise<number | null>;
} {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
  const env = { PATH: process.env.PATH, NO_COLOR: '1', JOBS_URL: privateUrl(inject('redisUrl')) };
  const child = spawn(process.execPath, [path], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { output: () => output, kill: (signal) => child.kill(signal), ended };
}

it('a worker whose module does not import JobsModule exits with 1 and names what is missing', async () => {
  const { output, ended } = start('no-module-worker.mjs');
  expect(await ended).toBe(1);
  expect(output()).toContain('FLEDGE_MODULE_MISSING');
});

it('a worker exits with 0 on SIGTERM even if a shutdown hook of the application throws', async () => {
  const { output, kill, ended } = start('failing-hook-worker.mjs');
  await until('it works', () => output().includes('processor default'));
  kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(output()).toContain('cannot close the cupboard');
});
