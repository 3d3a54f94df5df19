import { FledgeError } from '../../jobs/values/errors.js';

/** Redis 8, without data of its own. */
const image = 'redis:8-alpine';
const command = ['redis-server', '--save', '', '--appendonly', 'no'];
const port = 6379;

export interface RedisContainer {
  readonly url: string;
  stop(): Promise<unknown>;
}

/**
 * Redis in a container, on a free port, through Testcontainers, whose own reaper removes it with this process at the latest.
 * The application installs that package itself; it is loaded here, and only when it is needed.
 *
 * @returns undefined where it is not installed
 * @throws FledgeError `FLEDGE_TEST_REDIS_MISSING` where it is and cannot start one
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
      `The tests need a Redis, and Testcontainers could not start ${image}: is Docker running? Install redis-server (or valkey-server), or set JOBS_TEST_URL=redis://….`,
      { cause },
    );
  }
}
