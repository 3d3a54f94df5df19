import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, it, onTestFinished } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';

const demo = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));

async function runDemo(env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [demo, '--once'], { env: { ...env, HOME: process.env.HOME } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

/** A PATH that contains only node. */
async function barePath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-path-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await symlink(process.execPath, join(directory, 'node'));
  return directory;
}

it('runs as two processes on the Redis of JOBS_URL', async () => {
  const { code, output } = await runDemo({
    PATH: process.env.PATH,
    JOBS_URL: privateUrl(inject('redisUrl')),
  });
  expect(output).toMatch(/^Store: redis:\/\/\S+ from JOBS_URL\. Web and worker are two processes\./);
  expect(output).toMatch(/web \d+ +UserMailer\.welcome #\w+ enqueued on mailers/);
  expect(output).toMatch(/worker \d+ +ImportCsvJob #\w+ performed in \d+/);
  expect(output).toMatch(/mail catcher +received "Welcome, Ada Lovelace" for \S+: Hello Ada Lovelace,/);
  expect(output).toMatch(
    /mail catcher +received "山田太郎さん、ようこそ" for \S+: 山田太郎さん、こんにちは。/,
  );
  expect(output).toContain('3376 of 3376 rows loaded');
  expect(code).toBe(0);
});

it('runs in one process in memory if there is no Redis', async () => {
  const { code, output } = await runDemo({ PATH: await barePath() });
  expect(output).toMatch(
    /^Store: memory\. Web and worker are one process: .* no redis-server is on the PATH\./,
  );
  expect(output).toContain('3376 of 3376 rows loaded');
  expect(code).toBe(0);
});

it('fails with the reason if the store does not answer', async () => {
  const { code, output } = await runDemo({ PATH: process.env.PATH, JOBS_URL: 'redis://127.0.0.1:1' });
  expect(output).toContain('The demo failed: no Redis answers at 127.0.0.1:1.');
  expect(code).toBe(1);
});
