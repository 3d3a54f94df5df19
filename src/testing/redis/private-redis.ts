import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts a shell in the background, and then becomes the server. The shell waits for the end of its standard input, which is a
 * pipe from the parent process. The pipe closes however the parent ends. Then the shell kills the server. `$0` is its directory.
 */
const endsWithItsParent = `
  exec 3<&0 </dev/null
  { read -r _ <&3; kill -9 $$; rm -rf "$0"; } >/dev/null 2>&1 &
  exec "$@" 3<&-`;

/** Returns the server command that this machine has, if any. */
export function findRedisServer(): string | undefined {
  return ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0);
}

/**
 * Starts a private redis-server on a free port of 127.0.0.1. Its data is deleted when it stops. It stops with this process at the
 * latest, and does not keep the process alive.
 */
export async function startPrivateRedis(
  command: string,
  { port: wanted, settings = [] }: { readonly port?: number; readonly settings?: readonly string[] } = {},
): Promise<PrivateRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'fledge-redis-'));
  const port = wanted ?? (await freePort());
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const server = spawn('sh', ['-c', endsWithItsParent, directory, command, ...own, ...settings], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  server.unref();
  if (server.stdin instanceof Socket) server.stdin.unref();
  await answering(port, server);
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      server.ref();
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  return { url: `redis://127.0.0.1:${port}`, port, process: server, stop };
}

async function answering(port: number, server: ChildProcess): Promise<void> {
  // The end of the server is noticed at once. The limit is only for a server that hangs, and a busy machine needs many seconds.
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    if (await accepts('127.0.0.1', port)) return;
    await sleep(20);
  }
  throw new Error('redis-server did not answer within 60 s');
}

/** Returns whether a server listens at this address. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3_000 });
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket
      .on('connect', () => answer(true))
      .on('timeout', () => answer(false))
      .on('error', () => answer(false));
  });
}
