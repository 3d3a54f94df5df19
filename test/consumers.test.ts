import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInstalled, type InstalledApp } from './support/installed-app.js';
import { install, pack, root } from './support/pack.js';
import { until } from './support/until.js';

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fledge-consumers-'));
  tarball = join(folder, (await pack(folder)).filename);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Installs, compiles and starts the web and worker processes of a consumer. The consumers use the same folder one
 * after the other, so npm installs only the packages that differ. There is no lock file, so no versions remain from
 * the last consumer.
 */
async function start(name: string): Promise<InstalledApp> {
  const home = join(folder, 'home');
  for (const left of ['src', 'dist', 'package-lock.json'])
    await rm(join(home, left), { recursive: true, force: true });
  for (const part of ['common', name])
    await cp(join(root, 'test/consumers', part), home, { recursive: true });
  await install(home, tarball);
  return runInstalled(home, { REPORTS_PREFIX: `reports-${process.pid}-${Date.now()}` });
}

/** Runs the compiled script, which enqueues with the client. @returns its output */
async function runProducer(jobsUrl: string, note: string): Promise<string> {
  const script = join(folder, 'home/dist/producer.js');
  const loaded = [...(await readFile(script, 'utf8')).matchAll(/(?:from |require\()['"](.*?)['"]/g)];
  expect(loaded.map(([, name]) => name)).toEqual(['nestjs-fledge/client']);
  const env = { PATH: process.env.PATH, JOBS_URL: jobsUrl };
  return (await promisify(execFile)(process.execPath, [script, note], { env })).stdout;
}

async function post(url: string, body: object = {}): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })).json();
}

it.each(['nest12-express', 'nest12-bullmq', 'nest12-fastify', 'nest11-commonjs'])(
  '%s enqueues in its web process and performs in another process',
  async (name) => {
    const { url, jobsUrl, logs } = await start(name);
    expect(await post(`${url}/notes`, { note: name })).toMatchObject({ name: 'NoteJob', status: 'enqueued' });
    await until('the job ran', () => logs['main-worker'].includes(`noted ${name}, attempt 1`));
    expect(logs.main).not.toContain('noted');
    expect(await runProducer(jobsUrl, `by a script of ${name}`)).toBe('enqueued\n');
    await until('the job of the script ran', () =>
      logs['main-worker'].includes(`noted by a script of ${name}`),
    );
    await until('a @Cron method ran in the worker', () => logs['main-worker'].includes('the clock strikes'));
    expect(logs.main).not.toContain('the clock strikes');
    // Nest 11's default logger reports every level as disabled, and writes them all.
    expect(logs.main).toMatch(/NoteJob \S+ enqueued on default/);
    expect(await (await fetch(`${url}/mails`)).text()).toContain('<h1>Previews</h1>');
    if (name !== 'nest12-bullmq') return;
    // Its own processor now runs in the worker, and no longer in the web process.
    await post(`${url}/reports`);
    await until('the report is there', () => logs['main-worker'].includes('reported the year'));
    expect(logs.main).not.toContain('reported');
  },
);
