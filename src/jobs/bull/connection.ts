import type { Redis, RedisOptions } from 'ioredis';
import { FledgeError } from '../errors.js';
import type { RedisAddress } from './redis-url.js';

/** A demoted master, or one that loads: a fresh connection finds the right server, the old one never would. */
const worthReconnecting = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

/**
 * Commands either run within a second or fail: a request waits for them. Nothing is queued while the connection is
 * down, so that nothing is written long after the caller has given up.
 */
export const producerOptions: RedisOptions = {
  enableOfflineQueue: false,
  commandTimeout: 1_000,
  connectTimeout: 2_000,
  maxRetriesPerRequest: 1,
};

/**
 * Nobody waits for a worker: it tries until the store is back, which is also what BullMQ demands. A connection that says
 * nothing for longer than BullMQ's longest blocking command (10 s) is dead, whatever TCP thinks.
 */
export const workerOptions: RedisOptions = {
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: 15_000,
};

/** @throws FledgeError `FLEDGE_PEER_MISSING` */
export async function connect(address: RedisAddress, options: RedisOptions): Promise<Redis> {
  const Redis = await loadRedis();
  const { host, port, db, username, password, tls } = address;
  return new Redis({
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 1_000),
    reconnectOnError: (error) => (worthReconnecting.test(error.message) ? 1 : false),
    ...options,
  });
}

async function loadRedis(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_PEER_MISSING',
      'JOBS_URL names Redis, but the package ioredis is not installed. Run: npm install ioredis',
      { cause },
    );
  }
}
