import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

const url = (): string => privateUrl(inject('redisUrl'));

async function ended(worker: AppProcess): Promise<{ code: unknown; output: string }> {
  const code = await worker.ended;
  return { code, output: worker.lines.join('\n') };
}

async function settingsFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-settings-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'jobs.yml'), text);
  return join(directory, 'jobs.yml');
}

describe('the settings of a worker', () => {
  it('flags override the environment, which overrides the file, which overrides the code, and each is logged with its origin', async () => {
    const file = await settingsFile('shutdown_timeout: 7s\nconcurrency: 3\nproduction:\n  concurrency: 9\n');
    const args = ['-C', file, '--queues', 'default'];
    const env = { JOBS_QUEUES: 'mailers', JOBS_CONCURRENCY: 'default=4', JOBS_STOP_TIMEOUT: '8' };
    const worker = await startedWorker({ url: url(), args, env });
    const log = worker.lines.join('\n');
    expect(log).toContain(
      `settings: queues default (--queues); concurrency default 4 (JOBS_CONCURRENCY); shutdown timeout 7 s (${file}); stop timeout 8 s (JOBS_STOP_TIMEOUT); log debug (JOBS_LOG_LEVEL), text (JOBS_LOG_FORMAT); health off (default)`,
    );
    expect(log).toContain('processor default ×4 (not served here: mailers)');
    expect(log).toMatch(/A stop may take 7 s .*8 s after SIGTERM \(JOBS_STOP_TIMEOUT\).*FLEDGE_STOP_TIMEOUT/);
    expect(await worker.stop()).toBe(0);
  });

  it('come from config/jobs.yml if there is one', async () => {
    const worker = await startedWorker({ url: url(), entry: 'reference', env: { JOBS_STOP_TIMEOUT: '30s' } });
    const log = worker.lines.join('\n');
    expect(log).toContain('shutdown timeout 25 s (config/jobs.yml)');
    expect(log).not.toContain('FLEDGE_STOP_TIMEOUT');
    expect(await worker.stop()).toBe(0);
  });

  it('name the store in a redis section, which the application finds in the same file', async () => {
    const [address = '', prefix = ''] = url().split('?prefix=');
    const file = await settingsFile(`production:\n  redis:\n    url: ${address}/0\n    prefix: \${APP}\n`);
    const env = { JOBS_URL: '', NODE_ENV: 'production', APP: prefix };
    const worker = await startedWorker({ url: '', args: ['-C', file], env });
    const store = `${address}/0, prefix {${prefix}} (${file} (production))`;
    expect(worker.lines.join('\n')).toContain(`health off (default); store ${store}`);
    expect(await worker.stop()).toBe(0);
    const { code, output } = await ended(workerProcess({ url: '', args: ['-C', file, '--check'], env }));
    expect(output).toContain(`store             ${store}, answers in`);
    expect(code).toBe(0);
  });

  it.each<[readonly string[], NodeJS.ProcessEnv, RegExp]>([
    [['--queue', 'default'], {}, /Unknown flag "--queue"\. Did you mean "--queues"\?.*SETTING_UNKNOWN/],
    [['--queues', 'mailrs'], {}, /"mailrs".*Did you mean "mailers"\?.*FLEDGE_QUEUE_UNDECLARED/],
    [[], { JOBS_CONCURRENCY: 'lots' }, /JOBS_CONCURRENCY is "lots".*FLEDGE_SETTING_INVALID/],
    [['-C', '/nowhere/jobs.yml'], {}, /\/nowhere\/jobs\.yml cannot be read.*FLEDGE_CONFIG_FILE/],
    [[], { JOBS_URL: '' }, /FLEDGE_WORKER_NEEDS_REDIS/],
  ])('invalid settings end the worker with exit code 2: %j %j', async (args, env, message) => {
    const { code, output } = await ended(workerProcess({ url: url(), args, env }));
    expect(output).toMatch(message);
    expect(code).toBe(2);
  });

  it('without a store do not mention jobs in memory, which a worker does not run', async () => {
    const { output } = await ended(workerProcess({ url: url(), env: { JOBS_URL: '' } }));
    expect(output).not.toContain('in memory and run in this process');
  });

  it('are explained by --help', async () => {
    const { code, output } = await ended(workerProcess({ url: '', args: ['--help'] }));
    expect(output).toContain('--shutdown-timeout');
    expect(code).toBe(0);
  });
});

it.each([
  [
    'redis: { urll: redis://h }\n',
    /Unknown setting "urll" of redis in .*Did you mean "url"\?.*FLEDGE_SETTING_UNKNOWN/,
  ],
  [
    'other: { redis: { url: redis://h, family: 5 } }\n',
    /other\): redis\.family is not an IP version.*FLEDGE_SETTING_INVALID/,
  ],
  [
    'redis: { url: "${MISSING}" }\n',
    /redis\.url refers to the variable MISSING, which is not set.*FLEDGE_SETTING_INVALID/,
  ],
])('a wrong redis section ends the worker with exit code 2: %s', async (text, message) => {
  const args = ['-C', await settingsFile(text)];
  const { code, output } = await ended(workerProcess({ url: '', args, env: { JOBS_URL: '' } }));
  expect(output).toMatch(message);
  expect(code).toBe(2);
});

describe('--check', () => {
  it('connects, prints the settings, runs no job and exits with 0', async () => {
    const args = ['--check', '--queues', 'default', '-c', '7', '--health-port', String(await freePort())];
    const { code, output } = await ended(workerProcess({ url: url(), args, env: { JOBS_LOG_LEVEL: '' } }));
    expect(output.split('\n')).toEqual([
      expect.stringContaining('FLEDGE_QUEUE_UNUSED'),
      expect.stringMatching(/^fledge +\d/),
      expect.stringMatching(/^store +redis:.* answers in [\d.]+ ms$/),
      'queues            default (--queues)',
      'concurrency       default 7 (--concurrency)',
      'shutdown timeout  25 s (config/jobs.yml)',
      'log               text (JOBS_LOG_FORMAT)',
      expect.stringMatching(/^health +127\.0\.0\.1:\d+ \(--health-port\)$/),
      'jobs              QuietJob → default, ScriptedJob → default, TalkativeJob → default',
      'The worker can start.',
    ]);
    expect(code).toBe(0);
  });

  it('exits with 1 and the reason if the store cannot be reached', async () => {
    const down = `redis://127.0.0.1:${await freePort()}`;
    const { code, output } = await ended(workerProcess({ url: down, args: ['--check'] }));
    expect(output).toMatch(/did not answer: there is no connection.*FLEDGE_STORE_UNREACHABLE/);
    expect(code).toBe(1);
  });

  it('exits with 1 if the store is unfit for production, and with 2 if a setting is invalid', async () => {
    const evicting = await ownRedis(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
    const production = { NODE_ENV: 'production', JOBS_QUEUES: 'default' };
    const unfit = await ended(workerProcess({ url: evicting.url, args: ['--check'], env: production }));
    expect(unfit.output).toContain('FLEDGE_EVICTION_POLICY');
    expect(unfit.code).toBe(1);
    const wrong = await ended(workerProcess({ url: evicting.url, args: ['--check', '-c', '0'] }));
    expect(wrong.code).toBe(2);
  });
});

describe('the log of a worker', () => {
  it('is JSON if the output is not a terminal', async () => {
    const worker = workerProcess({ url: url(), env: { JOBS_LOG_FORMAT: '', JOBS_LOG_LEVEL: '' } });
    await worker.waitFor(/processor default/);
    expect(await worker.stop()).toBe(0);
    const lines = worker.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ message }) => String(message).startsWith('processor default'))).toMatchObject({
      level: 'log',
      context: 'Jobs',
      pid: worker.pid,
      timestamp: expect.any(Number) as number,
    });
  });
});
