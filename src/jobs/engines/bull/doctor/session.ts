import type { Redis } from 'ioredis';
import { asError } from '../../../values/errors.js';
import { connect } from '../connection/connection.js';
import type { RedisAddress } from '../connection/redis-url.js';
import { problemOf, type StoreErrors } from '../connection/store-errors.js';

/** How long opening a usable connection may take, in milliseconds. */
const openTimeout = 3_000;
/** How long a later answer may take, in milliseconds. It is longer than `openTimeout`, so that `openTimeout` ends first. */
const answerTimeout = 4_000;

/** One connection without retries. The doctor reports a problem instead of waiting until it has passed. */
export class Session {
  private firstError: Error | undefined;

  /** @throws Error the error of Redis or the network, without arguments and secrets */
  static async open(address: RedisAddress, errors: StoreErrors): Promise<Session> {
    const client = await connect(address, {
      lazyConnect: true,
      // A server that loads its data answers INFO. That is more useful than the error that it is not ready.
      enableReadyCheck: false,
      enableOfflineQueue: false,
      connectTimeout: answerTimeout,
      socketTimeout: answerTimeout,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      sentinelRetryStrategy: () => null,
      failoverDetector: false,
      reconnectOnError: () => false,
    });
    // `connect` returns a Cluster only for a cluster, and the address of a session is one server, or behind sentinels.
    const session = new Session(client as Redis, errors);
    try {
      await session.begin();
      return session;
    } catch (thrown) {
      session.close();
      throw session.firstError ?? errors.bare(thrown);
    }
  }

  private constructor(
    readonly client: Redis,
    readonly errors: StoreErrors,
  ) {
    client.on('error', (error: Error) => (this.firstError ??= errors.bare(error)));
  }

  /** The reason why the connection is gone, or undefined while it is there. */
  get lost(): Error | undefined {
    if (this.client.status === 'ready') return undefined;
    return this.firstError ?? new Error('Connection is closed by the server');
  }

  close(): void {
    this.client.disconnect();
  }

  private async begin(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.timeoutError()), openTimeout);
    });
    try {
      await Promise.race([this.client.connect(), late]);
      await Promise.race([this.ping(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Names the step that timed out. Without an address, either the name is slow to resolve or a firewall drops packets. */
  private timeoutError(): Error {
    const { stream, options } = this.client;
    if (stream?.remoteAddress === undefined) return new Error('connect ETIMEDOUT');
    if (this.client.status === 'connecting' && options.tls)
      return new Error('no answer to the TLS handshake');
    return new Error('the first command timed out');
  }

  /** Waits for the first answer. A server that loads, or forbids PING, may still answer INFO. The checks report that. */
  private async ping(): Promise<void> {
    try {
      await this.client.ping();
    } catch (thrown) {
      const { code } = problemOf(asError(thrown));
      if (code !== 'FLEDGE_STORE_LOADING' && code !== 'FLEDGE_STORE_PERMISSION') throw thrown;
    }
  }
}
