import type { TestProject } from 'vitest/node';
import { startPrivateRedis } from '../../src/testing/redis/private-redis.js';
import { requireRedisServer } from './redis-server.js';
import { dockerAnswers } from './servers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis for the whole run. Every test file uses its own prefix. */
    redisUrl: string;
  }
}

/** The Redis of the run: TEST_REDIS_URL, then a container, then a local redis-server, then apt-get. */
export default async function setup(project: TestProject): Promise<() => Promise<unknown>> {
  const [url, stop] = await findRedis();
  project.provide('redisUrl', url);
  return stop;
}

async function findRedis(): Promise<[string, () => Promise<unknown>]> {
  if (process.env.TEST_REDIS_URL) return [process.env.TEST_REDIS_URL, async () => undefined];
  if (dockerAnswers()) {
    const { GenericContainer } = await import('testcontainers');
    const container = await new GenericContainer('redis:7.4-alpine').withExposedPorts(6379).start();
    return [`redis://${container.getHost()}:${container.getMappedPort(6379)}`, () => container.stop()];
  }
  const redis = await startPrivateRedis(requireRedisServer());
  return [redis.url, () => redis.stop()];
}
