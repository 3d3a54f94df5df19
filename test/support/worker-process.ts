import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { AppProcess, entryOf } from '../../src/demo/app-process.js';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

interface WorkerProcessOptions {
  readonly url: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** A file in `test/fixtures`, an absolute path, or the reference application's worker. @default scripted-worker.mjs */
  readonly entry?: string;
}

/** Starts a worker with scripted jobs. It logs as text, with a line at each start. It is killed when the test ends. */
export function workerProcess({ url, args = [], env = {}, entry }: WorkerProcessOptions): AppProcess {
  const script =
    entry === 'reference' ? entryOf('worker') : resolve(fixtures, entry ?? 'scripted-worker.mjs');
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME };
  const log = { JOBS_LOG_FORMAT: 'text', JOBS_LOG_LEVEL: 'debug' };
  const worker = new AppProcess('worker', { ...inherited, ...log, JOBS_URL: url, ...env }, [script, ...args]);
  onTestFinished(async () => void (await worker.stop('SIGKILL')));
  return worker;
}

/** Starts a worker and waits until it takes jobs. */
export async function startedWorker(options: WorkerProcessOptions): Promise<AppProcess> {
  const worker = workerProcess(options);
  await worker.waitFor(/processor default/);
  return worker;
}
