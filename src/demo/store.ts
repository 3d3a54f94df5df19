import { accepts, findRedisServer, startPrivateRedis } from '../testing/redis/private-redis.js';

export interface Store {
  /** Undefined for the memory store. */
  readonly url: string | undefined;
  stop(): Promise<unknown>;
}

/** Chooses the Redis in JOBS_URL, or else a private one, or else memory. Prints the choice. */
export async function chooseStore(): Promise<Store> {
  if (process.env.JOBS_URL) return givenStore(process.env.JOBS_URL);
  const command = findRedisServer();
  if (!command) {
    console.log(
      'Store: memory. Web and worker are one process: JOBS_URL is not set and no redis-server is on the PATH.',
    );
    return { url: undefined, stop: async () => undefined };
  }
  const redis = await startPrivateRedis(command);
  console.log(
    `Store: a private ${command} on ${redis.url} (JOBS_URL is not set). Web and worker are two processes.`,
  );
  return { url: redis.url, stop: () => redis.stop() };
}

async function givenStore(url: string): Promise<Store> {
  const { protocol, hostname, port } = new URL(url);
  const address = `${hostname}:${port || 6379}`;
  console.log(`Store: ${protocol}//${address} from JOBS_URL. Web and worker are two processes.`);
  if (!(await accepts(hostname, Number(port || 6379))))
    throw new Error(
      `no Redis answers at ${address}. Start Redis there, or unset JOBS_URL to use a private one`,
    );
  return { url, stop: async () => undefined };
}
