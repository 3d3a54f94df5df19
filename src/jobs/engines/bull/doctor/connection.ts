import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Check } from '../../../store/diagnosis.js';
import { day, humanDuration } from '../../../values/duration.js';
import type { FledgeErrorCode } from '../../../values/errors.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { ServerInfo } from './server-info.js';
import { problemOf } from '../connection/store-errors.js';
import type { TlsReading } from './readings.js';
import { notShown } from './unknown.js';

/** Automatic renewal replaces certificates a month before they expire. */
const certificateMargin = 30 * day;

export function checkConnection(
  address: RedisAddress,
  remoteAddress: string,
  lost: Error | undefined,
): Check {
  if (lost) return noConnection(lost, address);
  const signedIn = address.password === undefined ? 'without a password' : 'with a password';
  const place =
    address.path === undefined ? `${remoteAddress} port ${address.port}` : `socket ${address.path}`;
  const found = `${place}, database ${address.db}, ${signedIn}`;
  return { name: 'connection', status: 'ok', found };
}

/** For these codes, the fix for a failed enqueue does not help here. */
const connectionFixes: Partial<Record<FledgeErrorCode, string>> = {
  FLEDGE_STORE_TIMEOUT:
    'Check whether the server is stopped, swapping, or busy with one long command (SLOWLOG GET). Check whether a firewall or a security group drops the packets.',
  FLEDGE_STORE_FAILED:
    'Check that a Redis server listens on this port. If it does, please report its answer.',
};

export function noConnection(error: Error, { origin }: Pick<RedisAddress, 'origin'>): Check {
  const { code, why, fix: usual } = problemOf(error);
  const fix = connectionFixes[code] ?? usual(origin);
  return {
    name: 'connection',
    status: 'error',
    found: `${why} (${error.message})`,
    code,
    fix: /[.?]$/.test(fix) ? fix : `${fix}.`,
  };
}

/** @param now in milliseconds since 1970 */
export function checkTls(
  address: RedisAddress,
  remoteAddress: string,
  tls: TlsReading | undefined,
  now: number,
): Check {
  return tls ? checkCertificate(tls, now) : checkPlaintext(address, remoteAddress);
}

function checkCertificate({ protocol, isVerified, validTo }: TlsReading, now: number): Check {
  const name = 'TLS';
  if (!isVerified) return unverified(protocol);
  const left = validTo.getTime() - now;
  const found = `${protocol}, verified, certificate valid until ${validTo.toISOString().slice(0, 10)}`;
  if (left >= certificateMargin) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found: left > 0 ? `${found} (${humanDuration(left)} left)` : `${found} (expired)`,
    code: 'FLEDGE_STORE_CERTIFICATE',
    fix: "Renew the server's certificate. After it expires, web and worker processes cannot connect.",
  };
}

function unverified(protocol: string): Check {
  return {
    name: 'TLS',
    status: 'warning',
    found: `${protocol}, but the server is not verified: any server could answer in its place`,
    code: 'FLEDGE_STORE_CERTIFICATE',
    fix: "Remove rejectUnauthorized=false. Pass the authority's certificate as a file: rediss://…?ca=/path/ca.pem, and servername= if the certificate is for another host.",
  };
}

function checkPlaintext({ host, password }: RedisAddress, remoteAddress: string): Check {
  const name = 'TLS';
  if (isNear(host) || isNear(remoteAddress))
    return { name, status: 'ok', found: 'no TLS, but the server is on this machine or in a private network' };
  return {
    name,
    status: 'warning',
    found: `no TLS, and ${remoteAddress} is a public address: ${password === undefined ? 'payloads' : 'the password and payloads'} can be read in transit`,
    code: 'FLEDGE_STORE_PLAINTEXT',
    fix: 'Use rediss:// with a TLS port (ElastiCache: in-transit encryption). Or reach the server through a private network.',
  };
}

const near = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  near.addSubnet(net, bits);
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');
near.addSubnet('fe80::', 10, 'ipv6');

/** A loopback or private address, or a name that is only valid in a private network, such as the name of a container. */
function isNear(host: string): boolean {
  if (isIPv4(host)) return near.check(host);
  if (isIPv6(host)) return near.check(host, 'ipv6');
  return !host.includes('.') || /\.(localhost|local|internal|svc|lan|home\.arpa)\.?$/i.test(host);
}

/** In percent of maxclients. */
const crowded = 80;

/** @param queues the number of queues, which decides how many connections a worker process takes */
export function checkConnections(info: ServerInfo, queues: number): Check {
  const name = 'connections';
  const open = info.number('connected_clients');
  const most = info.number('maxclients');
  if (open === undefined) return notShown(name, 'connected_clients');
  const cost = `a web process takes 1, a worker 2 plus 1 for each of its queues${queues > 0 ? ` (${2 + queues} for the ${queues} here)` : ''}`;
  if (most === undefined || open < most * (crowded / 100))
    return { name, status: 'ok', found: `${open} of ${most ?? 'an unknown number'}; ${cost}` };
  return {
    name,
    status: 'warning',
    found: `${open} of ${most}, ${Math.floor((open / most) * 100)} %; ${cost}`,
    code: 'FLEDGE_STORE_CONNECTIONS',
    fix: 'Raise maxclients (and ulimit -n), or use a larger node. To find the clients, run CLIENT LIST. Each replica of web and worker counts.',
  };
}
