import { randomBytes } from 'node:crypto';
import { FledgeError } from '../../jobs/values/errors.js';
import { findRedisServer, startPrivateRedis } from './private-redis.js';
import { startRedisContainer } from './redis-container.js';
import { TestRedis } from './test-redis.js';

/** What `startRedis` takes. */
export interface StartRedisOptions {
  /**
   * A server that is there already: `redis://[user:password@]host[:port][/database][?prefix=name]`. Tests keep to a prefix of
   * their own below that one.
   * @default the environment's JOBS_TEST_URL; unset: one is started
   */
  readonly url?: string;
}

interface Server {
  readonly url: string;
  stop(): Promise<unknown>;
}

/**
 * A real Redis for the tests of a file: the server that is given, else a `redis-server` or `valkey-server` of one's own where
 * there is one on the PATH, else a container, where the package `testcontainers` is installed. Each call has a prefix of its
 * own, so that files that run at the same time do not meet. A server that was started ends with `stop()`, or with the process,
 * whatever that dies of.
 *
 * @throws FledgeError `FLEDGE_TEST_REDIS_MISSING` when there is none to start; `FLEDGE_STORE_URL_INVALID` and
 * `FLEDGE_STORE_…` for one that is given and cannot be used
 * @example
 * const redis = await startRedis();
 * const worker = await startWorker(AppModule, { redis });
 * after(async () => {
 *   await worker.stop();
 *   await redis.stop();
 * });
 */
export async function startRedis({ url }: StartRedisOptions = {}): Promise<TestRedis> {
  const given = url ?? (process.env.JOBS_TEST_URL || undefined);
  if (given !== undefined) return useGiven(given);
  const server = (await startLocal()) ?? (await startRedisContainer());
  if (!server) throw missing();
  return new TestRedis(withOwnPrefix(server.url), async () => void (await server.stop()));
}

/** ioredis is loaded for this alone: a server of one's own needs nobody to clean up. */
async function useGiven(given: string): Promise<TestRedis> {
  const { eraseKeys, requireRedis } = await import('../../jobs/engines/bull/connection/erase-keys.js');
  await requireRedis(given);
  const url = withOwnPrefix(given);
  return new TestRedis(url, () => eraseKeys(url));
}

async function startLocal(): Promise<Server | undefined> {
  const command = findRedisServer();
  return command === undefined ? undefined : startPrivateRedis(command);
}

function withOwnPrefix(url: string): string {
  const own = new URL(url);
  const above = own.searchParams.get('prefix') ?? 'test';
  own.searchParams.set('prefix', `${above}-${randomBytes(6).toString('hex')}`);
  return own.href;
}

function missing(): FledgeError {
  return new FledgeError(
    'FLEDGE_TEST_REDIS_MISSING',
    'The tests need a Redis and there is none: install redis-server (or valkey-server), or Docker and "npm install --save-dev testcontainers", or set JOBS_TEST_URL=redis://….',
  );
}
