import {
  findRedisServer,
  startPrivateRedis,
  type PrivateRedis,
} from '../../src/testing/redis/private-redis.js';
import { aptInstall } from './servers.js';

/** Returns the command of a local server, and installs it if possible. */
export function requireRedisServer(): string {
  const command = findRedisServer() ?? (aptInstall('redis-server') ? findRedisServer() : undefined);
  if (command) return command;
  throw new Error(
    'The tests need Redis: start Docker, install redis-server, or set TEST_REDIS_URL=redis://….',
  );
}

/** Starts a server that a test may break. It stops when the test ends. */
export async function ownRedis(settings: readonly string[] = [], port?: number): Promise<PrivateRedis> {
  // Loaded dynamically, because vitest's global setup uses this file outside of a test.
  const { onTestFinished } = await import('vitest');
  const redis = await startPrivateRedis(
    requireRedisServer(),
    port === undefined ? { settings } : { settings, port },
  );
  onTestFinished(() => redis.stop());
  return redis;
}
