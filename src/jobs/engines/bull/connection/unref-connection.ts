import type { RedisClient } from './connection.js';

/**
 * An open connection to a single server does not keep the process alive any more. A cluster's client and one behind Sentinel have
 * further connections of their own, and keep the process alive until they are closed.
 */
export function unrefConnection(client: RedisClient): void {
  if ('nodes' in client) return;
  const unref = (): void => void client.stream?.unref();
  client.on('connect', unref);
}
