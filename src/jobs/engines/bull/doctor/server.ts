import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { ServerInfo } from './server-info.js';
import { notShown } from './unknown.js';

/** A replica refuses writes, or takes and then loses them. */
export function checkReplication(info: ServerInfo): Check {
  const name = 'replication';
  const role = info.text('role');
  if (role === undefined) return notShown(name, 'role');
  if (role === 'master') {
    const replicas = info.number('connected_slaves') ?? 0;
    return { name, status: 'ok', found: `primary, ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}` };
  }
  const link = info.text('master_link_status') ?? 'unknown';
  const silent = info.number('master_link_down_since_seconds');
  const since =
    link === 'up' || silent === undefined || silent < 0 ? '' : ` for ${humanDuration(silent * 1_000)}`;
  const master = `${info.text('master_host') ?? '?'}:${info.text('master_port') ?? '?'}`;
  return {
    name,
    status: 'error',
    found: `a replica of ${master}, link ${link}${since}: it refuses writes`,
    code: 'FLEDGE_STORE_READONLY',
    fix: 'Point JOBS_URL to the primary (ElastiCache: the primary endpoint, not the reader endpoint), or give JobsModule the option sentinel. REPLICAOF NO ONE makes this server a primary.',
  };
}

/** On a Cluster, Fledge must be told so; the prefix is a hash tag either way. */
export function checkCluster(info: ServerInfo, { prefix, host, port }: RedisAddress): Check {
  const name = 'cluster';
  const enabled = info.text('cluster_enabled');
  if (enabled === undefined) return notShown(name, 'cluster_enabled');
  if (enabled === '0') {
    const found = `none; the prefix ${prefix} is a hash tag, so that all queues would share a slot of one`;
    return { name, status: 'ok', found };
  }
  return {
    name,
    status: 'warning',
    found: `a node of a Cluster; all queues are in the slot of ${prefix}, which may be on another node`,
    code: 'FLEDGE_STORE_CLUSTER',
    fix: `A plain URL fails as soon as the slot lives elsewhere. Use the option: JobsModule.forRoot({ cluster: { nodes: [{ host: '${host}', port: ${port} }] }, url: process.env.JOBS_URL }).`,
  };
}

/** Known by its name, and so also when it cannot be reached: it demands TLS. */
export function checkServerless({ host }: RedisAddress): Check[] {
  if (!/\.serverless\.[\w-]+\.cache\.amazonaws\.com(\.cn)?\.?$/i.test(host)) return [];
  return [
    {
      name: 'ElastiCache Serverless',
      status: 'error',
      found: 'the host is one: it evicts keys (volatile-lru) and that cannot be changed',
      code: 'FLEDGE_ELASTICACHE_SERVERLESS',
      fix: 'Use a node-based ElastiCache replication group with a parameter group of maxmemory-policy noeviction, or MemoryDB.',
    },
  ];
}

const wantedBacklog = 511;

/** Redis asks for a queue of 511 connections that it has not accepted yet; Linux gives what somaxconn allows. */
export function checkBacklog(remoteAddress: string, somaxconn: number | undefined): Check {
  const name = 'backlog';
  if (!/^(::ffff:)?127\.|^::1$/.test(remoteAddress) || somaxconn === undefined) {
    const found = `not readable from here; net.core.somaxconn of the server's machine should be ${wantedBacklog} or more`;
    return { name, status: 'unknown', found };
  }
  const found = `net.core.somaxconn is ${somaxconn} on this machine`;
  if (somaxconn >= wantedBacklog) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found: `${found}, less than Redis' tcp-backlog of ${wantedBacklog}`,
    code: 'FLEDGE_STORE_BACKLOG',
    fix: `When many processes connect at once, some are turned away. Run: sysctl -w net.core.somaxconn=1024 (in Docker: --sysctl net.core.somaxconn=1024).`,
  };
}
