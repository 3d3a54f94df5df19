import { Redis } from 'ioredis';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PrivateRedis } from '../../src/testing/redis/private-redis.js';
import { until } from './until.js';

export interface StoreProblem {
  /** Fledge's code for it. */
  readonly code: string;
  /** The word at the begin of Redis' error. */
  readonly error: string;
  /** The fix in the worker's log. */
  readonly fix: RegExp;
  /** Returns a function that ends the problem. */
  readonly begin: (redis: PrivateRedis) => Promise<() => Promise<unknown>>;
}

/** A client that closes when the test ends. */
export function admin(port: number, password?: string): Redis {
  const client = new Redis({ port, ...(password === undefined ? {} : { password }) });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

/** How often Redis has returned this error since it started. */
export async function errorCount(client: Redis, error: string): Promise<number> {
  const line = (await client.info('errorstats')).match(new RegExp(`errorstat_${error}:count=(\\d+)`));
  return Number(line?.[1] ?? 0);
}

const replica: StoreProblem = {
  code: 'FLEDGE_STORE_READONLY',
  error: 'READONLY',
  fix: /point .* to the primary endpoint/,
  async begin({ port }) {
    const client = admin(port);
    await client.call('REPLICAOF', '127.0.0.1', '1');
    return () => client.call('REPLICAOF', 'NO', 'ONE');
  },
};

const full: StoreProblem = {
  code: 'FLEDGE_STORE_FULL',
  error: 'OOM',
  fix: /Increase its memory/,
  async begin({ port }) {
    const client = admin(port);
    await client.config('SET', 'maxmemory', '1');
    return () => client.config('SET', 'maxmemory', '0');
  },
};

const snapshot: StoreProblem = {
  code: 'FLEDGE_STORE_SNAPSHOT',
  error: 'MISCONF',
  fix: /Check that its disk is not full/,
  async begin({ port }) {
    const client = admin(port);
    const [, directory] = (await client.config('GET', 'dir')) as [string, string];
    // A folder with the name of the snapshot makes saving fail. Other obstacles would not stop root.
    const obstacle = join(directory, 'dump.rdb');
    await mkdir(obstacle);
    await client.config('SET', 'save', '3600 1');
    await client.bgsave();
    await until('it fails', async () => (await client.info('persistence')).includes('bgsave_status:err'));
    return async () => {
      await rm(obstacle, { recursive: true });
      await client.bgsave();
      await until('it saves', async () => (await client.info('persistence')).includes('bgsave_status:ok'));
    };
  },
};

export const password: StoreProblem = {
  code: 'FLEDGE_STORE_AUTH',
  error: 'WRONGPASS',
  fix: /Check JOBS_PASSWORD/,
  async begin({ port }) {
    const client = admin(port);
    await client.config('SET', 'requirepass', 'rotated');
    const rotated = admin(port, 'rotated');
    await rotated.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    return () => rotated.config('SET', 'requirepass', '');
  },
};

export const rights: StoreProblem = {
  code: 'FLEDGE_STORE_PERMISSION',
  error: 'NOPERM',
  fix: /On keys that begin with the prefix, allow all commands/,
  async begin({ port }) {
    const client = admin(port);
    await client.call('ACL', 'SETUSER', 'default', '-evalsha', '-eval');
    return () => client.call('ACL', 'SETUSER', 'default', '+@all');
  },
};

/** Problems of a server that answers and refuses writes. */
export const refusals: Readonly<Record<string, StoreProblem>> = {
  'a read-only replica': replica,
  'full memory': full,
  'a snapshot that cannot be saved': snapshot,
};
