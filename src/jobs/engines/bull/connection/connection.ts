import type { ConnectionOptions } from 'bullmq';
import type { Cluster, ClusterOptions as IoredisClusterOptions, Redis, RedisOptions } from 'ioredis';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { loadPeer } from '../../../values/optional-package.js';
import type { ClusterOptions, SentinelOptions } from '../../../config/redis-options.js';
import { readBeforeTimeout } from './read-before-timeout.js';
import type { RedisAddress } from './redis-url.js';
import { StoreErrors } from './store-errors.js';

/** Errors of a demoted or loading master. A new connection finds the right server, and the old one would not. */
const worthReconnecting = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

/**
 * The connection that adds jobs. It queues no commands while it is down, so that nothing is written long after the caller
 * has given up. The store sets a deadline for each add, because ioredis's timer for each command (commandTimeout) costs a
 * tenth of an add. A silent connection is closed after two seconds, and later commands fail at once.
 */
export const producerOptions: RedisOptions = {
  enableOfflineQueue: false,
  socketTimeout: 2_000,
  connectTimeout: 2_000,
  maxRetriesPerRequest: 1,
};

/**
 * The connection of a worker. It retries until the store is back, as BullMQ requires. A connection that is silent for longer
 * than BullMQ's longest blocking command (10 s) is dead, even if TCP does not report it.
 */
export const workerOptions: RedisOptions = {
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: 15_000,
};

export type RedisClient = Redis | Cluster;

/** Returns the client as BullMQ's options take it. BullMQ's types describe the client's options in a way that ours do not match. */
export function bullConnection(client: RedisClient): ConnectionOptions {
  return client as ConnectionOptions;
}

/** @throws FledgeError `FLEDGE_PEER_MISSING` */
export async function connect(address: RedisAddress, options: RedisOptions): Promise<RedisClient> {
  const ioredis = await loadPeer('ioredis', 'A store on Redis', () => import('ioredis'));
  const client = open(ioredis, address, {
    ...commonOptions(address),
    ...options,
    ...ownOptions(address, options),
  });
  readBeforeTimeout(client);
  refuseOtherDatabase(client);
  return client;
}

/**
 * If the server refuses the database of the URL, ioredis would go on in the database 0, where the jobs of another application
 * may be. The connection is closed before it is ready, and is tried again as if the server were down.
 */
function refuseOtherDatabase(client: RedisClient): void {
  client.on('error', (error: Error & { readonly command?: { readonly name?: string } }) => {
    if (error.command?.name === 'select') client.disconnect(true);
  });
}

function open(
  { Redis: Single, Cluster: Several }: Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>,
  { topology, tls, host, port, path, db }: RedisAddress,
  options: RedisOptions,
): RedisClient {
  switch (topology.kind) {
    case 'url':
      return new Single({ ...options, ...(path === undefined ? { host, port } : { path }), db });
    case 'sentinel':
      return new Single({ ...options, db, ...sentinelOptions(topology.sentinel, tls, options) });
    case 'cluster':
      return new Several([...topology.cluster.nodes], clusterOptions(topology.cluster, options));
  }
}

function commonOptions(address: RedisAddress): RedisOptions {
  const { username, password, tls, family } = address;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls } : {}),
    ...(family === undefined ? {} : { family }),
    retryStrategy,
    reconnectOnError: reconnectOnError(new StoreErrors(address)),
    // ioredis would wait for as long as a loading server estimates, up to 10 s.
    maxLoadingRetryTime: 500,
  };
}

/** Returns the application's own options. A connection that waits for jobs is silent for a time, so it needs its own timeout. */
function ownOptions(
  { ioredis }: RedisAddress,
  { maxRetriesPerRequest, socketTimeout }: RedisOptions,
): RedisOptions {
  const own: RedisOptions = { ...ioredis };
  if (own.socketTimeout === undefined || maxRetriesPerRequest !== null) return own;
  return { ...own, socketTimeout: Math.max(own.socketTimeout, socketTimeout ?? 0) };
}

function sentinelOptions(
  { name, nodes, password, tls: sentinelsHaveTls = true }: SentinelOptions,
  tls: TlsOptions | undefined,
  // Without a failover detector, ioredis stays connected to a master that hangs.
  { sentinelRetryStrategy = retryStrategy, failoverDetector = true }: RedisOptions,
): RedisOptions {
  return {
    sentinels: [...nodes],
    name,
    sentinelRetryStrategy,
    failoverDetector,
    ...(password === undefined ? {} : { sentinelPassword: password }),
    // Without it, ioredis would not encrypt the connection to the master.
    ...(tls && { enableTLSForSentinelMode: true }),
    ...(tls && sentinelsHaveTls && { sentinelTLS: tls }),
  };
}

function clusterOptions({ ioredis }: ClusterOptions, options: RedisOptions): IoredisClusterOptions {
  return {
    // ioredis would connect to the nodes' addresses, and their certificates are for their names.
    ...(options.tls && { dnsLookup: (name, found) => found(null, name) }),
    clusterRetryStrategy: retryStrategy,
    ...ioredis,
    redisOptions: options,
    enableOfflineQueue: options.enableOfflineQueue ?? true,
  };
}

const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 10), 1_000);

/** ioredis calls it with every error reply before it handles the error itself. */
const reconnectOnError =
  (errors: StoreErrors) =>
  (error: Error): 1 | false => {
    if (worthReconnecting.test(error.message)) return 1;
    // If INFO is forbidden, ioredis prints this error itself and bypasses every logger.
    if (error.message.includes('NOPERM')) error.message = errors.withoutSecrets(error.message);
    return false;
  };
