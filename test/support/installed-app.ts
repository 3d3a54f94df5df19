import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { inject, onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { privateUrl } from './jobs-app.js';
import { until } from './until.js';

export interface InstalledApp {
  /** Where the web process listens. */
  readonly url: string;
  /** The Redis of both processes. */
  readonly jobsUrl: string;
  /** The output of each process. */
  readonly logs: { main: string; 'main-worker': string };
}

/** Compiles an application that has the tarball installed, and starts its web and worker processes. */
export async function runInstalled(home: string, settings: NodeJS.ProcessEnv = {}): Promise<InstalledApp> {
  await promisify(execFile)(process.execPath, ['node_modules/typescript/bin/tsc'], { cwd: home });
  const port = await freePort();
  const jobsUrl = privateUrl(inject('redisUrl'));
  const own = { PATH: process.env.PATH, NO_COLOR: '1', PORT: String(port), JOBS_URL: jobsUrl };
  const logs = { main: '', 'main-worker': '' };
  for (const role of ['main', 'main-worker'] as const) {
    const child = spawn(process.execPath, [`dist/${role}.js`], { cwd: home, env: { ...own, ...settings } });
    onTestFinished(() => void child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (logs[role] += String(chunk)));
  }
  const up = (): boolean =>
    logs.main.includes('listening') &&
    logs['main-worker'].includes('processor default ×10, processor mailers ×5');
  await until('both are up', up).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${logs.main}\n${logs['main-worker']}`);
  });
  return { url: `http://127.0.0.1:${port}`, jobsUrl, logs };
}
