import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { aptInstall, dockerAnswers } from './servers.js';
import { until } from './until.js';

/** A PostgreSQL for one test: TEST_DATABASE_URL, then a container, then a local server, then apt-get. */
export async function postgresUrl(): Promise<string> {
  if (process.env.TEST_DATABASE_URL) return process.env.TEST_DATABASE_URL;
  if (dockerAnswers()) return containerUrl();
  const programs = findPrograms() ?? (aptInstall('postgresql') ? findPrograms() : undefined);
  if (!programs) {
    throw new Error(
      'This test needs PostgreSQL: start Docker, install postgresql, or set TEST_DATABASE_URL=postgres://….',
    );
  }
  return localUrl(programs);
}

async function containerUrl(): Promise<string> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer('postgres:17-alpine')
    .withEnvironment({ POSTGRES_PASSWORD: 'test' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  onTestFinished(async () => void (await container.stop()));
  return `postgres://postgres:test@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
}

/** The folder of initdb and postgres, which Debian keeps off the PATH. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ];
  return folders.find((folder) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))),
  );
}

async function localUrl(programs: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-postgres-'));
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const user = { cwd: directory, ...(isRoot ? userIds('postgres') : {}) };
  if (isRoot) await chown(directory, user.uid!, user.gid!);
  await chmod(directory, 0o700);
  const data = join(directory, 'data');
  const init = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'],
    user,
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr?.toString()}`);
  const port = await freePort();
  const settings = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    directory,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ];
  const server = spawn(join(programs, 'postgres'), settings, { ...user, stdio: 'ignore' });
  onTestFinished(async () => {
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    await rm(directory, { recursive: true, force: true });
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await until('PostgreSQL answers', () => answers(url));
  return url;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

function userIds(name: string): { uid?: number; gid?: number } {
  const id = (flag: string): number => Number(spawnSync('id', [flag, name]).stdout.toString());
  return { uid: id('-u'), gid: id('-g') };
}
