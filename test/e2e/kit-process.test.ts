import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { accepts } from '../../src/testing/redis/private-redis.js';
import { until } from '../support/until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const script = join(root, 'test/fixtures/kit-script.mjs');

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function start(does: string, env: NodeJS.ProcessEnv = {}, file = script): Run {
  const child = spawn(process.execPath, [file, does], { env: { PATH: process.env.PATH, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return { child, output: () => output };
}

/** The exit code and the output of a process. */
async function ended({ child, output }: Run): Promise<[number | null, string]> {
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output()];
}

const portIn = (output: string): number => Number(/redis redis:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1]);

async function isGone(output: string): Promise<void> {
  await until('the server has gone', async () => !(await accepts('127.0.0.1', portIn(output))));
}

describe('a test process with a real Redis', () => {
  it('ends by itself and leaves nothing open', async () => {
    const [code, output] = await ended(start('works'));
    expect([code, output]).toEqual([0, expect.stringMatching(/^redis redis:\S+\nran one\n$/)]);
    expect(await accepts('127.0.0.1', portIn(output))).toBe(false);
  });

  it('ends by itself if the application does not boot', async () => {
    const [code, output] = await ended(start('breaks'));
    expect([code, output]).toEqual([0, expect.stringMatching(/\nas planned\n$/)]);
  });

  it('ends its server even if it forgets to stop it', async () => {
    const [code, output] = await ended(start('forgets'));
    expect(code).toBe(0);
    await isGone(output);
  });

  it.skipIf(process.platform === 'win32')('stops its server when the process is killed', async () => {
    const run = start('hangs');
    await until('it has a server', () => portIn(run.output()) > 0);
    expect(await accepts('127.0.0.1', portIn(run.output()))).toBe(true);
    run.child.kill('SIGKILL');
    await isGone(run.output());
  });
});

/**
 * Creates a folder without a Redis server. `testcontainers` is the source of a stand-in for that package. Without it
 * the package is missing.
 */
async function withoutServer(testcontainers?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fledge-kit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== 'testcontainers' && name !== 'nestjs-fledge')
      await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const part of ['package.json', 'dist/jobs', 'dist/mailers', 'dist/testing'])
    await cp(join(root, part), join(modules, 'nestjs-fledge', part), { recursive: true });
  if (testcontainers !== undefined) {
    await mkdir(join(modules, 'testcontainers'));
    await writeFile(join(modules, 'testcontainers/index.js'), testcontainers);
  }
  const copy = join(folder, 'script.mjs');
  await cp(script, copy);
  return copy;
}

/** The part of the API that is used. It returns an existing server and records each call. */
const standIn = `
  const { appendFileSync } = require('node:fs');
  const record = (...line) => appendFileSync(process.env.RECORD, JSON.stringify(line) + '\\n');
  const { hostname, port } = new URL(process.env.SERVER);
  exports.GenericContainer = class {
    constructor(image) { record('image', image); }
    withCommand(command) { record('command', ...command); return this; }
    withExposedPorts(...ports) { record('ports', ...ports); return this; }
    async start() {
      if (process.env.NO_DOCKER) throw new Error('Could not find a working container runtime strategy');
      return {
        getHost: () => hostname,
        getMappedPort: (inside) => (record('mapped', inside), Number(port)),
        stop: async () => record('stop'),
      };
    }
  };
`;

describe('a test process without a redis-server', () => {
  const nothing = { PATH: '/nowhere' };

  it('fails with one line that names what to install', async () => {
    const [code, output] = await ended(start('works', nothing, await withoutServer()));
    expect(code).toBe(0);
    expect(output).toMatch(
      /^FLEDGE_TEST_REDIS_MISSING The tests need Redis, and no server was found\. Install redis-server .*\n$/,
    );
  });

  it('starts Redis in a container if Testcontainers is installed', async () => {
    const file = await withoutServer(standIn);
    const record = join(file, '../record');
    const env = { ...nothing, SERVER: inject('redisUrl'), RECORD: record };
    const [code, output] = await ended(start('works', env, file));
    expect([code, output]).toEqual([0, expect.stringContaining('\nran one\n')]);
    const lines = (await readFile(record, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ['image', 'redis:8-alpine'],
      ['command', 'redis-server', '--save', '', '--appendonly', 'no'],
      ['ports', 6379],
      ['mapped', 6379],
      ['stop'],
    ]);
  });

  it('fails with the reason if no container can be started', async () => {
    const file = await withoutServer(standIn);
    const env = { ...nothing, SERVER: inject('redisUrl'), RECORD: join(file, '../record'), NO_DOCKER: '1' };
    const [, output] = await ended(start('works', env, file));
    expect(output).toMatch(/^FLEDGE_TEST_REDIS_MISSING .*could not start redis:8-alpine\. Start Docker/);
  });
});
