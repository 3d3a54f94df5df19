import { randomBytes } from 'node:crypto';
import { refuseUnknownOptions } from '../../jobs/values/did-you-mean.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { findRedisServer, startPrivateRedis } from './private-redis.js';
import { startRedisContainer } from './redis-container.js';
import { TestRedis } from './test-redis.js';

/** The options of `startRedis`. */
export interface StartRedisOptions {
  /**
   * The URL of a running server: `redis://[user:password@]host[:port][/database][?prefix=name]`. Tests use their own prefix below
   * the prefix of the URL.
   * @default JOBS_TEST_URL of the environment. If it is not set, a server is started
   */
  readonly url?: string;
}

interface Server {
  readonly url: string;
  stop(): Promise<unknown>;
}

/**
 * Returns a real Redis for the tests of a file. It uses the server of `url` or JOBS_TEST_URL. Without these it starts a private
 * `redis-server` or `valkey-server` if one is on the PATH. Otherwise it starts a container, if the package `testcontainers` is
 * installed. Each call has its own prefix, so files that run at the same time don't share keys. A started server ends with
 * `stop()`, or with the process.
 *
 * @throws FledgeError `FLEDGE_TEST_REDIS_MISSING` if no server can be started; `FLEDGE_STORE_URL_INVALID` and
 * `FLEDGE_STORE_…` if the server of the URL can't be used
 * @example
 * const redis = await startRedis();
 * const worker = await startWorker(AppModule, { redis });
 * after(async () => {
 *   await worker.stop();
 *   await redis.stop();
 * });
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<TestRedis> {
  refuseUnknownOptions(options, { url: true } satisfies Record<keyof StartRedisOptions, true>, 'startRedis');
  const { url } = options;
  const running = url ?? (process.env.JOBS_TEST_URL || undefined);
  if (running !== undefined) return useRunning(running);
  const server = (await startLocal()) ?? (await startRedisContainer());
  if (!server) throw missing();
  return new TestRedis(withOwnPrefix(server.url), async () => void (await server.stop()));
}

/** Loads ioredis on use. A private server does not need it, because its keys need no clean-up. */
async function useRunning(running: string): Promise<TestRedis> {
  const { eraseKeys, requireRedis } = await import('../../jobs/engines/bull/connection/erase-keys.js');
  await requireRedis(running);
  const url = withOwnPrefix(running);
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
    'The tests need Redis, and no server was found. Install redis-server or valkey-server, or install Docker and run "npm install --save-dev testcontainers", or set JOBS_TEST_URL=redis://….',
  );
}
