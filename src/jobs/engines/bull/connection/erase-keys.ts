import type { RedisOptions } from 'ioredis';
import { connect, type RedisClient } from './connection.js';
import { parseRedisUrl } from './redis-url.js';
import { StoreErrors } from './store-errors.js';

/** The connection of one command. It fails at once, because the caller waits for the answer. */
const once: RedisOptions = {
  connectTimeout: 2_000,
  socketTimeout: 5_000,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
};
/** How many keys the server scans before it answers other clients. */
const slice = 1_000;

/** @throws FledgeError `FLEDGE_STORE_…` if no Redis answers at the URL */
export async function requireRedis(url: string): Promise<void> {
  await ask(url, (client) => client.ping());
}

/**
 * Removes all keys of a URL's prefix, and no others. The server continues to serve other clients.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function eraseKeys(url: string): Promise<void> {
  const { prefix } = parseRedisUrl(url, undefined);
  await ask(url, async (client) => {
    for (let cursor: string | undefined; cursor !== '0';) {
      const [next, keys] = await client.scan(cursor ?? '0', 'MATCH', `${prefix}:*`, 'COUNT', slice);
      if (keys.length > 0) await client.unlink(...keys);
      cursor = next;
    }
  });
}

async function ask(url: string, question: (client: RedisClient) => Promise<unknown>): Promise<void> {
  const address = parseRedisUrl(url, undefined);
  const client = await connect(address, once);
  const errors = new StoreErrors(address);
  let connectionError: Error | undefined;
  // This error says why there is no connection. The error of the command does not say why.
  client.on('error', (error: Error) => (connectionError = errors.bare(error)));
  try {
    await question(client);
  } catch (thrown) {
    throw errors.failure(connectionError ?? thrown, 'did not answer');
  } finally {
    client.disconnect();
  }
}
