import { FledgeError } from '../../jobs/values/errors.js';

/** Redis 8, without persistence. */
const image = 'redis:8-alpine';
const command = ['redis-server', '--save', '', '--appendonly', 'no'];
const port = 6379;

export interface RedisContainer {
  readonly url: string;
  stop(): Promise<unknown>;
}

/**
 * Starts Redis in a container on a free port, with the package `testcontainers`, which the application installs. The package is
 * loaded on use. Its reaper removes the container when this process ends, at the latest.
 *
 * @returns undefined if the package is not installed
 * @throws FledgeError `FLEDGE_TEST_REDIS_MISSING` if the package cannot start a container
 */
export async function startRedisContainer(): Promise<RedisContainer | undefined> {
  const testcontainers = await import('testcontainers').catch(() => undefined);
  if (!testcontainers) return undefined;
  try {
    const container = await new testcontainers.GenericContainer(image)
      .withCommand(command)
      .withExposedPorts(port)
      .start();
    const url = `redis://${container.getHost()}:${container.getMappedPort(port)}`;
    return { url, stop: () => container.stop() };
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_TEST_REDIS_MISSING',
      `The tests need Redis, and Testcontainers could not start ${image}. Start Docker, install redis-server or valkey-server, or set JOBS_TEST_URL=redis://….`,
      { cause },
    );
  }
}
