import type { RedisClient } from './connection.js';

/**
 * An open connection to a single server no longer keeps the process alive. A cluster's client and one behind Sentinel have
 * further connections of their own, and keep the process alive until they are closed.
 */
export function unrefConnection(client: RedisClient): void {
  if ('nodes' in client) return;
  const unref = (): void => void client.stream?.unref();
  client.on('connect', unref);
}
