import type { RedisClient } from './connection.js';

/** No queue can be called `$queues`. */
const queuesKey = (prefix: string): string => `${prefix}:$queues`;

/** A worker says which queues it works, for whoever looks at the store without the application: nobody else keeps a list. */
export async function tellQueues(
  client: RedisClient,
  prefix: string,
  queues: readonly string[],
): Promise<void> {
  await client.sadd(queuesKey(prefix), ...queues);
}

/** Those that a worker has ever worked. */
export async function readToldQueues(client: RedisClient, prefix: string): Promise<string[]> {
  return client.smembers(queuesKey(prefix));
}
