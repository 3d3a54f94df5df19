import type { RedisAddress } from '../connection/redis-url.js';
import type { Reading, ServerInfo } from './server-info.js';
import type { QueuesReading } from './read-queues.js';

/** The encrypted connection, as seen from here. */
export interface TlsReading {
  readonly protocol: string;
  /** Whether the certificate was checked, and is valid for this host. */
  readonly isVerified: boolean;
  /** When the server's certificate ends. */
  readonly validTo: Date;
}

/** Everything that the checks look at, gathered before the first of them: they themselves ask nobody. */
export interface Readings {
  readonly address: RedisAddress;
  /** What the host name was resolved to. */
  readonly remoteAddress: string;
  /** Undefined without TLS. */
  readonly tls: TlsReading | undefined;
  readonly info: Reading<ServerInfo>;
  /** Of one PING each, milliseconds. */
  readonly roundTrips: Reading<readonly number[]>;
  /** How far the server's clock is ahead of ours, milliseconds. */
  readonly clockAhead: Reading<number>;
  readonly queues: Reading<QueuesReading>;
  /** This machine's net.core.somaxconn; undefined where there is none to read. */
  readonly somaxconn: number | undefined;
  /** Why the connection was lost while it was read from; undefined if it was not. */
  readonly lost: Error | undefined;
}
