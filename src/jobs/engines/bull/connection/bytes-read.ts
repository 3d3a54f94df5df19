import type { Redis } from 'ioredis';
import type { RedisClient } from './connection.js';

/** Returns how many bytes have arrived on the client's connections. It changes whenever a server has sent something. */
export function bytesRead(client: RedisClient): number {
  const connections: readonly Redis[] = 'nodes' in client ? client.nodes() : [client];
  return connections.reduce((sum, { stream }) => sum + (stream?.bytesRead ?? 0), 0);
}
