import type { Redis } from 'ioredis';
import { asError } from '../../../values/errors.js';
import { connect } from '../connection/connection.js';
import type { RedisAddress } from '../connection/redis-url.js';
import { problemOf, type StoreErrors } from '../connection/store-errors.js';

/** Milliseconds from the call until a connection that can be used, or the reason why there is none. */
const patience = 3_000;
/** Milliseconds that an answer may take, later on; longer, so that it is `patience` that ends. */
const silence = 4_000;

/** One connection, tried once: who examines a store wants to know what happens, not to wait until it has passed. */
export class Session {
  private firstError: Error | undefined;

  /** @throws Error what Redis or the network said, without arguments and secrets */
  static async open(address: RedisAddress, errors: StoreErrors): Promise<Session> {
    const client = await connect(address, {
      lazyConnect: true,
      // A server that loads answers INFO, which says more than that it is not ready.
      enableReadyCheck: false,
      enableOfflineQueue: false,
      connectTimeout: silence,
      socketTimeout: silence,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      reconnectOnError: () => false,
    });
    // A URL alone never makes a Cluster.
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

  /** Why the connection is gone; undefined while it is there. */
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
      timer = setTimeout(() => reject(this.whatIsMissing()), patience);
    });
    try {
      await Promise.race([this.client.connect(), late]);
      await Promise.race([this.ping(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** How far it came. A name that is slow to resolve, and a firewall, both leave it without an address. */
  private whatIsMissing(): Error {
    const { stream, options } = this.client;
    if (stream?.remoteAddress === undefined) return new Error('connect ETIMEDOUT');
    if (this.client.status === 'connecting' && options.tls)
      return new Error('no answer to the TLS handshake');
    return new Error('the first command timed out');
  }

  /** The first answer. What Redis refuses here and still lets INFO through is for the checks to tell. */
  private async ping(): Promise<void> {
    try {
      await this.client.ping();
    } catch (thrown) {
      const { code } = problemOf(asError(thrown));
      if (code !== 'FLEDGE_STORE_LOADING' && code !== 'FLEDGE_STORE_PERMISSION') throw thrown;
    }
  }
}
