import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { freePort } from '../src/demo/free-port.js';
import { privateUrl } from './support/jobs-app.js';
import { install, pack, root } from './support/pack.js';
import { until } from './support/until.js';

const run = promisify(execFile);
let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fledge-consumers-'));
  tarball = join(folder, (await pack(folder)).filename);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  readonly url: string;
  readonly logs: { main: string; 'main-worker': string };
}

/** Installs, compiles and starts a consumer: web and worker. */
async function start(name: string): Promise<Running> {
  const home = join(folder, name);
  for (const part of ['common', name])
    await cp(join(root, 'test/consumers', part), home, { recursive: true });
  await install(home, tarball);
  await run(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: home });
  const port = await freePort();
  const prefix = `reports-${process.pid}-${Date.now()}`;
  const env = {
    PATH: process.env.PATH,
    NO_COLOR: '1',
    PORT: String(port),
    JOBS_URL: privateUrl(inject('redisUrl')),
    REPORTS_PREFIX: prefix,
  };
  const logs = { main: '', 'main-worker': '' };
  for (const role of ['main', 'main-worker'] as const) {
    const child = spawn(process.execPath, [`dist/${role}.js`], { cwd: home, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (logs[role] += String(chunk)));
  }
  const up = (): boolean =>
    logs.main.includes('listening') && logs['main-worker'].includes('processor default ×10');
  await until('both are up', up, 30_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${logs.main}\n${logs['main-worker']}`);
  });
  return { url: `http://127.0.0.1:${port}`, logs };
}

async function post(url: string, body: object = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })).json();
}

it.each(['nest12-express', 'nest12-fastify', 'nest11-commonjs', 'nest12-bullmq'])(
  '%s enqueues in its web process and works in another',
  async (name) => {
    const { url, logs } = await start(name);
    expect(await post(`${url}/notes`, { note: name })).toMatchObject({ name: 'NoteJob', status: 'enqueued' });
    await until('the job ran', () => logs['main-worker'].includes(`noted ${name}, attempt 1`));
    expect(logs.main).not.toContain('noted');
    if (name !== 'nest12-bullmq') return;
    // What it had before: its processor runs in the worker too, and no longer in the web process.
    await post(`${url}/reports`);
    await until('the report is there', () => logs['main-worker'].includes('reported the year'));
    expect(logs.main).not.toContain('reported');
  },
  180_000,
);
