import type { RedisClient } from '../connection/connection.js';
import { isQueueName } from './find-queues.js';

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

/** Those that a worker has ever worked. Anyone may write there: what cannot be a queue's name is left out. */
export async function readToldQueues(client: RedisClient, prefix: string): Promise<string[]> {
  return (await client.smembers(queuesKey(prefix))).filter(isQueueName);
}
