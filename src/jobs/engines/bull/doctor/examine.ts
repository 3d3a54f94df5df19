import type { StoreAddress } from '../../../config/resolved-options.js';
import type { Check, Diagnosis } from '../../../store/diagnosis.js';
import { asError, FledgeError } from '../../../values/errors.js';
import { checkEviction, checkVersion } from './redis-checks.js';
import { withPrefix } from '../connection/key-prefix.js';
import { parseRedisUrl, type RedisAddress } from '../connection/redis-url.js';
import { StoreErrors } from '../connection/store-errors.js';
import { checkApps } from './apps.js';
import { checkConnection, checkConnections, checkTls, noConnection } from './connection.js';
import { checkEvictedKeys, checkMemory } from './memory.js';
import { checkPausedJobs } from './paused.js';
import { checkPersistence } from './persistence.js';
import { checkQueues } from './queues.js';
import { readServer } from './read.js';
import type { Readings } from './readings.js';
import { checkBacklog, checkCluster, checkReplication, checkServerless } from './server.js';
import { openServerSession, type ServerSession } from './server-session.js';
import { checkClock, checkLatency } from './time.js';
import { withInfo } from './unknown.js';

/**
 * Checks a server and its queues. Reads only what managed Redis allows, and writes nothing.
 * @throws FledgeError `FLEDGE_STORE_URL_INVALID`, `FLEDGE_STORE_UNSUPPORTED`, `FLEDGE_PEER_MISSING`
 */
export async function examineRedis({
  url,
  password,
  prefix,
  topology,
  redis,
  origin,
}: StoreAddress): Promise<Diagnosis> {
  const address = withPrefix(parseRedisUrl(url, password, topology, redis, origin), url, prefix);
  const errors = new StoreErrors(address);
  return diagnosis(errors.store, await checksOf(address, errors));
}

async function checksOf(address: RedisAddress, errors: StoreErrors): Promise<Check[]> {
  let opened: ServerSession;
  try {
    opened = await openServerSession(address, errors);
  } catch (thrown) {
    if (thrown instanceof FledgeError) throw thrown;
    return [noConnection(asError(thrown), address), ...checkServerless(address)];
  }
  try {
    return judge(await readServer(opened.session, opened.address));
  } finally {
    opened.session.close();
  }
}

/** Makes all checks, in the order in which they are shown. */
function judge(readings: Readings): Check[] {
  const {
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
    lost,
  } = readings;
  const now = Date.now();
  const serverNow = now + (clockAhead instanceof Error ? 0 : clockAhead);
  const queueCount = queues instanceof Error ? 0 : queues.names.length;
  return [
    checkConnection(address, remoteAddress, lost),
    checkTls(address, remoteAddress, tls, now),
    ...checkServerless(address),
    ...withInfo('version', info, checkVersion),
    checkEviction(info),
    ...withInfo('memory', info, checkMemory),
    ...withInfo('evicted keys', info, checkEvictedKeys),
    ...withInfo('persistence', info, (seen) => checkPersistence(seen, serverNow)),
    ...withInfo('replication', info, (seen) => checkReplication(seen, address)),
    ...withInfo('cluster', info, (seen) => checkCluster(seen, address)),
    ...withInfo('connections', info, (seen) => checkConnections(seen, queueCount)),
    checkBacklog(remoteAddress, somaxconn),
    checkLatency(roundTrips),
    checkClock(clockAhead),
    ...checkApps(members, address.prefix),
    ...checkQueues(queues, address.prefix, now),
    checkPausedJobs(pauses, now),
  ];
}

function diagnosis(store: string, checks: readonly Check[]): Diagnosis {
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  const errors = count('error');
  return { store, ok: errors === 0, errors, warnings: count('warning'), checks };
}
