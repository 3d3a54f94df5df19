import { readFile } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import { TLSSocket } from 'node:tls';
import type { RedisAddress } from '../connection/redis-url.js';
import { readInfo, type Reading } from './server-info.js';
import type { StoreErrors } from '../connection/store-errors.js';
import type { FleetMember } from '../../../store/fleet.js';
import type { Pause } from '../../../store/pauses.js';
import { readMember } from '../keys/fleet-record.js';
import { fledgeKey } from '../keys/fledge-keys.js';
import { PausedJobs } from '../keys/paused-jobs.js';
import { readQueues } from './read-queues.js';
import type { Readings, TlsReading } from './readings.js';
import type { Session } from './session.js';

const pings = 20;

/** Reads everything that the checks need. Reads one thing after the other, so that none disturbs the latency. */
export async function readServer(session: Session, address: RedisAddress): Promise<Readings> {
  const { client, errors } = session;
  const remoteAddress = client.stream.remoteAddress ?? address.host;
  const tls = readTls(client);
  const info = await readInfo(client, errors);
  const roundTrips = await attempt(() => readRoundTrips(client), errors);
  const clockAhead = await attempt(() => readClock(client), errors);
  const queues = await readQueues(client, address, errors);
  const members = await attempt(() => readMembers(client, address.prefix, clockAhead), errors);
  const pauses = await attempt(() => readPauses(client, address.prefix), errors);
  const somaxconn = await readSomaxconn();
  return {
    address,
    remoteAddress,
    tls,
    info,
    roundTrips,
    clockAhead,
    queues,
    members,
    pauses,
    somaxconn,
    lost: session.lost,
  };
}

async function attempt<T>(read: () => Promise<T>, errors: StoreErrors): Promise<Reading<T>> {
  try {
    return await read();
  } catch (thrown) {
    return errors.bare(thrown);
  }
}

function readTls({ stream }: Redis): TlsReading | undefined {
  if (!(stream instanceof TLSSocket)) return undefined;
  return {
    protocol: stream.getProtocol() ?? 'TLS',
    isVerified: stream.authorized,
    validTo: new Date(stream.getPeerCertificate().valid_to),
  };
}

async function readRoundTrips(client: Redis): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < pings; i++) {
    const startedAt = performance.now();
    await client.ping();
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Returns how far the server's clock is ahead. The server wrote its answer half a round trip before it arrived. */
async function readClock(client: Redis): Promise<number> {
  const before = Date.now();
  const [seconds = NaN, microseconds = NaN] = (await client.time()).map(Number);
  return seconds * 1_000 + microseconds / 1_000 - (before + Date.now()) / 2;
}

/** Uses no script, because a doctor may be forbidden to run scripts. */
async function readMembers(
  client: Redis,
  prefix: string,
  clockAhead: Reading<number>,
): Promise<FleetMember[]> {
  const beats = await client.hgetall(fledgeKey(prefix, 'fleet'));
  const now = Date.now() + (clockAhead instanceof Error ? 0 : clockAhead);
  return Object.entries(beats).map(([id, record]) => readMember(id, record, now));
}

function readPauses(client: Redis, prefix: string): Promise<Pause[]> {
  return new PausedJobs(client, prefix, (question) => question()).list();
}

async function readSomaxconn(): Promise<number | undefined> {
  try {
    return Number(await readFile('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return undefined;
  }
}
