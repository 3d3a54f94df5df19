import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { admin } from '../support/store-problems.js';
import { root } from '../support/pack.js';
import { selfSigned, tlsRedis } from '../support/tls-redis.js';
import { until } from '../support/until.js';

const run = promisify(execFile);
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Enqueues one job and cancels it, so that all files of the client are loaded. */
const use = `
  const { createJobsClient, job, mailer } = client;
  const jobs = createJobsClient({ jobs: { AJob: job() }, mailers: { AMailer: mailer() } });
  (async () => {
    await jobs.cancel(await jobs.enqueue('AJob', { n: 1 }));
    await jobs.mail('AMailer').action({ n: 1 }).deliverLater();
    await jobs.close();
    console.log(typeof Reflect.getMetadata);
  })();`;

describe('a process with the client', () => {
  it.each([
    ['an import', 'module', `import * as client from 'nestjs-fledge/client';`],
    ['a require', 'commonjs', `const client = require('nestjs-fledge/client');`],
    ['a require of the CommonJS files', 'commonjs', `const client = require('./dist/client/index.cjs');`],
  ])('loads nothing of Nest by %s', async (_, type, load) => {
    const folder = await mkdtemp(join(tmpdir(), 'fledge-loaded-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const list = join(folder, 'list');
    const args = ['--no-warnings', '--import', fixture('loaded-modules.mjs'), `--input-type=${type}`, '-e'];
    const env = { PATH: process.env.PATH, JOBS_URL: privateUrl(inject('redisUrl')), LOADED: list };
    const { stdout } = await run(process.execPath, [...args, load + use], { cwd: root, env });
    expect(stdout).toBe('undefined\n');
    const loaded = (await readFile(list, 'utf8')).split('\n');
    expect(loaded.some((path) => path.includes('/node_modules/bullmq/'))).toBe(true);
    expect(loaded.some((path) => path.includes('/dist/client/'))).toBe(true);
    const packages =
      /\/node_modules\/(@nestjs|reflect-metadata|rxjs|nodemailer|liquidjs|mjml|html-to-text|yaml)\//;
    const rooms = /\/dist\/(mailers\/(?!enqueue\/)|jobs\/(perform|observe|worker|index|jobs\.))/;
    expect(loaded.filter((path) => packages.test(path) || rooms.test(path))).toEqual([]);
  });

  it.each(['does not close', 'closes'])('ends by itself if it %s the client', async (what) => {
    const env = { PATH: process.env.PATH, JOBS_URL: privateUrl(inject('redisUrl')) };
    const { stdout } = await run(process.execPath, [fixture('client-script.mjs'), what], { env });
    expect(stdout).toBe('first enqueued\n');
  });

  it('ends by itself if it does not close a client with TLS', async () => {
    const files = selfSigned();
    const url = `rediss://127.0.0.1:${await tlsRedis(files)}?ca=${files.ca}&servername=cache.internal`;
    const env = { PATH: process.env.PATH, JOBS_URL: url };
    const { stdout } = await run(process.execPath, [fixture('client-script.mjs'), 'does not close'], { env });
    expect(stdout).toBe('first enqueued\n');
  });

  // A Lambda is frozen between two requests. Meanwhile the server, or a machine between, closes the connection.
  it('enqueues after it was frozen, even if its connection was closed meanwhile', async () => {
    const redis = await ownRedis();
    const env = { PATH: process.env.PATH, JOBS_URL: `redis://127.0.0.1:${redis.port}` };
    const child = spawn(process.execPath, [fixture('client-script.mjs'), 'is frozen'], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await until('it enqueued', () => lines.includes('first enqueued'));
    child.stdin.write('next\n');
    await until('it enqueued again', () => lines.length === 2);
    child.kill('SIGSTOP');
    const client = admin(redis.port);
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    child.stdin.write('next\n');
    child.kill('SIGCONT');
    await until('it enqueued after the thaw', () => lines.length === 3);
    expect(lines).toEqual(['first enqueued', 'next enqueued', 'next enqueued']);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(await client.llen('{fledge}:billing:wait')).toBe(3);
  });
});
