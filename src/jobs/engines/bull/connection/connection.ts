import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { FledgeError } from '../../../values/errors.js';
import type { RedisAddress } from './redis-url.js';
import { StoreErrors } from './store-errors.js';

/** A demoted master, or one that loads: a fresh connection finds the right server, the old one never would. */
const worthReconnecting = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

/**
 * Nothing is queued while the connection is down, so that nothing is written long after the caller has given up. The
 * deadline of an add is the store's own; a timer for each command (commandTimeout) cost a tenth of an add. A connection
 * that keeps silent is given up after two seconds, and what follows fails at once.
 */
export const producerOptions: RedisOptions = {
  enableOfflineQueue: false,
  socketTimeout: 2_000,
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

export type RedisClient = Redis | Cluster;

/** @throws FledgeError `FLEDGE_PEER_MISSING` */
export async function connect(address: RedisAddress, options: RedisOptions): Promise<RedisClient> {
  const ioredis = await loadIoredis();
  const common: RedisOptions = {
    ...credentials(address),
    retryStrategy,
    reconnectOnError: reconnectOnError(new StoreErrors(address)),
    // Else a server that loads its data is asked again only when it thinks that it will be done, up to 10 s later.
    maxLoadingRetryTime: 500,
    ...options,
  };
  if (address.cluster) {
    return new ioredis.Cluster([...address.cluster.nodes], {
      redisOptions: common,
      enableOfflineQueue: options.enableOfflineQueue ?? true,
      clusterRetryStrategy: retryStrategy,
    });
  }
  if (address.sentinel) {
    const { name, nodes, password } = address.sentinel;
    return new ioredis.Redis({
      ...common,
      sentinels: [...nodes],
      name,
      db: address.db,
      sentinelRetryStrategy: retryStrategy,
      // Without it a master that hangs, rather than dies, is never left.
      failoverDetector: true,
      ...(password === undefined ? {} : { sentinelPassword: password }),
    });
  }
  return new ioredis.Redis({ ...common, host: address.host, port: address.port, db: address.db });
}

const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 10), 1_000);

/** Sees every error that the server answers with, before ioredis does. */
const reconnectOnError =
  (errors: StoreErrors) =>
  (error: Error): 1 | false => {
    if (worthReconnecting.test(error.message)) return 1;
    // ioredis prints this one by itself, past every logger, where INFO is forbidden.
    if (error.message.includes('NOPERM')) error.message = errors.withoutSecrets(error.message);
    return false;
  };

function credentials({ username, password, tls }: RedisAddress): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}

async function loadIoredis(): Promise<{ Redis: typeof Redis; Cluster: typeof Cluster }> {
  try {
    return await import('ioredis');
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_PEER_MISSING',
      'JOBS_URL names Redis, but the package ioredis is not installed. Run: npm install ioredis',
      { cause },
    );
  }
}
