import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dist/testing/redis/free-port.js';
import { accepts } from '../../dist/testing/redis/private-redis.js';

/** A private PostgreSQL from Debian's package. Some public applications need one to boot. */
export async function startPostgres({ user: name = 'postgres', port: wanted } = {}) {
  const debian = '/usr/lib/postgresql';
  const programs = join(debian, readdirSync(debian).sort((a, b) => b - a)[0], 'bin');
  const directory = mkdtempSync(join(tmpdir(), 'fledge-nest-add-pg-'));
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres']).stdout);
  // PostgreSQL refuses to run as root.
  const user = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
  if (user.uid) chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o700);
  const data = join(directory, 'data');
  const made = spawnSync(join(programs, 'initdb'), ['-D', data, '-U', name, '-A', 'trust', '--no-sync'], {
    cwd: directory,
    ...user,
  });
  if (made.status !== 0) throw new Error(`initdb: ${String(made.stderr)}`);
  const port = await freePort(wanted);
  if (wanted && port !== wanted) throw new Error(`port ${wanted}, which its tests insist on, is taken`);
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
  const server = spawn(join(programs, 'postgres'), settings, { cwd: directory, stdio: 'ignore', ...user });
  while (!(await accepts('127.0.0.1', port))) await new Promise((wake) => setTimeout(wake, 50));
  const stop = async () => {
    server.kill('SIGINT');
    if (server.exitCode === null) await once(server, 'exit');
    rmSync(directory, { recursive: true, force: true });
  };
  return { url: `postgres://${name}@127.0.0.1:${port}/postgres`, stop };
}
