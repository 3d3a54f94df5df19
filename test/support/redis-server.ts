import {
  findRedisServer,
  startPrivateRedis,
  type PrivateRedis,
} from '../../src/testing/redis/private-redis.js';
import { aptInstall } from './servers.js';

/** The name of a local server's command; installs it where that is possible. */
export function requireRedisServer(): string {
  const command = findRedisServer() ?? (aptInstall('redis-server') ? findRedisServer() : undefined);
  if (command) return command;
  throw new Error(
    'The tests need Redis: start Docker, install redis-server, or set TEST_REDIS_URL=redis://….',
  );
}

/** A server that a test may break; it is gone when the test ends. */
export async function ownRedis(settings: readonly string[] = [], port?: number): Promise<PrivateRedis> {
  // Loaded here, since vitest's global setup, which has no tests, uses this file too.
  const { onTestFinished } = await import('vitest');
  const redis = await startPrivateRedis(
    requireRedisServer(),
    port === undefined ? { settings } : { settings, port },
  );
  onTestFinished(() => redis.stop());
  return redis;
}
