import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { FledgeErrorCode } from '../../../values/errors.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { ServerInfo } from './server-info.js';
import { problemOf } from '../connection/store-errors.js';
import type { TlsReading } from './readings.js';
import { notShown } from './unknown.js';

const day = 24 * 3_600_000;
/** Certificates are renewed a month ahead by everybody who automates it. */
const certificateMargin = 30 * day;

export function checkConnection(
  address: RedisAddress,
  remoteAddress: string,
  lost: Error | undefined,
): Check {
  if (lost) return noConnection(lost);
  const signedIn = address.password === undefined ? 'without a password' : 'signed in';
  const place = address.path === undefined ? `${remoteAddress} port ${address.port}` : `socket ${address.path}`;
  const found = `${place}, database ${address.db}, ${signedIn}`;
  return { name: 'connection', status: 'ok', found };
}

/** Where the fix of an enqueue that failed is not what helps here. */
const connectionFixes: Partial<Record<FledgeErrorCode, string>> = {
  FLEDGE_STORE_TIMEOUT:
    'Is the server stopped, swapping or busy with one long command (SLOWLOG GET)? Does a firewall or a security group swallow what is sent to it?',
  FLEDGE_STORE_FAILED: 'Is it a Redis that listens on this port? If it is, please report what it said.',
};

export function noConnection(error: Error): Check {
  const { code, why, fix: usual } = problemOf(error);
  const fix = connectionFixes[code] ?? usual;
  return {
    name: 'connection',
    status: 'error',
    found: `${why} (${error.message})`,
    code,
    fix: /[.?]$/.test(fix) ? fix : `${fix}.`,
  };
}

/** @param now milliseconds since the epoch */
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
    found: `${found}, ${humanDuration(Math.max(0, left))} from now`,
    code: 'FLEDGE_STORE_CERTIFICATE',
    fix: "Renew the server's certificate: once it has ended, web and workers cannot connect any more.",
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
    return { name, status: 'ok', found: 'none, on this machine or in a private network' };
  return {
    name,
    status: 'warning',
    found: `none, and ${remoteAddress} is no private address: ${password === undefined ? 'payloads' : 'the password and payloads'} can be read on the way`,
    code: 'FLEDGE_STORE_PLAINTEXT',
    fix: 'Use rediss:// with a TLS port (ElastiCache: in-transit encryption), or reach the server through a private network.',
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

/** A loopback or private address, or a name that only means something in a private network, such as a container's. */
function isNear(host: string): boolean {
  if (isIPv4(host)) return near.check(host);
  if (isIPv6(host)) return near.check(host, 'ipv6');
  return !host.includes('.') || /\.(localhost|local|internal|svc|lan|home\.arpa)\.?$/i.test(host);
}

/** Percent of maxclients. */
const crowded = 80;

/** @param queues how many queues there are, for what a worker process costs */
export function checkConnections(info: ServerInfo, queues: number): Check {
  const name = 'connections';
  const open = info.number('connected_clients');
  const most = info.number('maxclients');
  if (open === undefined) return notShown(name, 'connected_clients');
  const cost = `a web process takes 1, a worker 2 and 1 for each of its queues${queues > 0 ? ` (${2 + queues} for the ${queues} here)` : ''}`;
  if (most === undefined || open < most * (crowded / 100))
    return { name, status: 'ok', found: `${open} of ${most ?? 'an unknown number'}; ${cost}` };
  return {
    name,
    status: 'warning',
    found: `${open} of ${most}, ${Math.floor((open / most) * 100)} %; ${cost}`,
    code: 'FLEDGE_STORE_CONNECTIONS',
    fix: 'Raise maxclients (and ulimit -n), take a larger node, or find out who holds them: CLIENT LIST. Each replica of web and worker counts.',
  };
}
