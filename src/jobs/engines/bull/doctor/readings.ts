import type { FleetMember } from '../../../store/fleet.js';
import type { Pause } from '../../../store/pauses.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { Reading, ServerInfo } from './server-info.js';
import type { QueuesReading } from './read-queues.js';

/** The encrypted connection. */
export interface TlsReading {
  readonly protocol: string;
  /** Whether the certificate was checked, and is valid for this host. */
  readonly isVerified: boolean;
  /** When the server's certificate expires. */
  readonly validTo: Date;
}

/** Everything that the checks need. It is read before the first check, and the checks send no commands. */
export interface Readings {
  readonly address: RedisAddress;
  /** The address of the host name. */
  readonly remoteAddress: string;
  /** Undefined without TLS. */
  readonly tls: TlsReading | undefined;
  readonly info: Reading<ServerInfo>;
  /** The time of each PING in milliseconds. */
  readonly roundTrips: Reading<readonly number[]>;
  /** How far the server's clock is ahead of this machine's clock, in milliseconds. */
  readonly clockAhead: Reading<number>;
  readonly queues: Reading<QueuesReading>;
  /** The worker processes that use the prefix. */
  readonly members: Reading<readonly FleetMember[]>;
  /** The pauses of jobs. */
  readonly pauses: Reading<readonly Pause[]>;
  /** This machine's net.core.somaxconn, or undefined if the system has none. */
  readonly somaxconn: number | undefined;
  /** The reason why the connection was lost during reading, or undefined. */
  readonly lost: Error | undefined;
}
