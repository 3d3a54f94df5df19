import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { accepts } from '../../src/testing/redis/private-redis.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { fledge } from '../support/fledge-command.js';
import { root } from '../support/pack.js';
import { requireRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

/** Starts Redis like compose, with a local port, address and folder. */
async function serverWithConf(port: number): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'fledge-conf-'));
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const server = spawn(requireRedisServer(), [join(root, 'docker/redis/redis.conf'), ...own], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  server.stdout.on('data', (chunk) => (log += String(chunk)));
  await until('redis answers', () => {
    if (server.exitCode !== null) throw new Error(`redis-server refuses the file:\n${log}`);
    return accepts('127.0.0.1', port);
  });
  return async () => {
    server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
}

describe('docker/redis/redis.conf, read by a real redis-server', () => {
  let redis: Redis;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    const stop = await serverWithConf(port);
    redis = new Redis(port);
    return async () => {
      redis.disconnect();
      await stop();
    };
  });

  it('keeps jobs, and refuses writes instead of deleting jobs', async () => {
    const info = await redis.info();
    expect(info).toContain('maxmemory_policy:noeviction');
    expect(info).toContain(`maxmemory:${256 * 1024 * 1024}`);
    expect(info).toContain('aof_enabled:1');
    const setting = async (name: string): Promise<unknown> =>
      ((await redis.config('GET', name)) as string[])[1];
    expect(await setting('dbfilename')).toBe('dump.rdb');
    expect(await setting('appendfsync')).toBe('everysec');
    expect(await setting('tcp-backlog')).toBe('511');
  });

  it('can save its snapshot, so Redis never refuses writes with MISCONF', async () => {
    expect(await redis.save()).toBe('OK');
    expect(await redis.set('written', 'after')).toBe('OK');
  });

  it('passes fledge doctor', async () => {
    const { code, output } = await fledge(['doctor', `redis://127.0.0.1:${port}`, '--json']);
    const { checks, errors } = JSON.parse(output) as {
      errors: number;
      checks: { name: string; status: string; found: string }[];
    };
    expect({ code, errors }).toEqual({ code: 0, errors: 0 });
    // The kernel's backlog, the clocks and the latency depend on this machine, not on the file.
    const complaints = checks.filter(
      ({ name, status }) => status === 'warning' && !/backlog|clock|round|latency/.test(name),
    );
    expect(complaints).toEqual([]);
  });
});
