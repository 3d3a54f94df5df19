import type { RedisClient } from '../connection/connection.js';
import { isQueueName } from './find-queues.js';
import { fledgeKey } from './fledge-keys.js';

/**
 * Records the queues that a worker serves. `fledge doctor` and other readers without the application find them there. BullMQ
 * has no list of queues.
 */
export async function recordQueues(
  client: RedisClient,
  prefix: string,
  queues: readonly string[],
): Promise<void> {
  await client.sadd(fledgeKey(prefix, 'queues'), ...queues);
}

/** Reads every queue that a worker has ever served. Any program may write there, so invalid names are left out. */
export async function readRecordedQueues(client: RedisClient, prefix: string): Promise<string[]> {
  return (await client.smembers(fledgeKey(prefix, 'queues'))).filter(isQueueName);
}
