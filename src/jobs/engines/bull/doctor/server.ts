import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { ServerInfo } from './server-info.js';
import { notShown } from './unknown.js';

/** A replica refuses writes, or accepts them and then loses them. */
export function checkReplication(info: ServerInfo, { origin }: Pick<RedisAddress, 'origin'>): Check {
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
    found: `a replica of ${master}, link ${link}${since}; it refuses writes`,
    code: 'FLEDGE_STORE_READONLY',
    fix: `Point ${origin.from} to the primary (ElastiCache: the primary endpoint, not the reader endpoint). Or use Sentinel. To make this server the primary, run REPLICAOF NO ONE.`,
  };
}

/** On a Cluster, Fledge needs the option `cluster`. The prefix is a hash tag in any case. */
export function checkCluster(
  info: ServerInfo,
  { prefix, host, port, topology, origin }: RedisAddress,
): Check {
  const name = 'cluster';
  const enabled = info.text('cluster_enabled');
  if (enabled === undefined) return notShown(name, 'cluster_enabled');
  if (topology.kind === 'cluster') return checkNode(enabled === '1', prefix, origin.from);
  if (enabled === '0') {
    const found = `not part of a Cluster; the prefix ${prefix} is a hash tag, so a Cluster would keep all queues in one slot`;
    return { name, status: 'ok', found };
  }
  return {
    name,
    status: 'warning',
    found: `part of a Cluster; all queues are in the slot of ${prefix}, which may be on another node`,
    code: 'FLEDGE_STORE_CLUSTER',
    fix: `A plain URL fails when the slot is on another node. Use the option cluster: JobsModule.forRoot({ cluster: { nodes: [{ host: '${host}', port: ${port} }] }, url: process.env.JOBS_URL }). Or write redis: { cluster: { nodes: [${host}:${port}] } } into config/jobs.yml.`,
  };
}

/** Fledge connects to a cluster, and this is the node with the slot of the prefix. */
function checkNode(isNode: boolean, prefix: string, from: string): Check {
  const name = 'cluster';
  if (isNode) return { name, status: 'ok', found: `all queues are in the slot of ${prefix}, on this node` };
  return {
    name,
    status: 'error',
    found: `not part of a Cluster, and ${from} names one`,
    code: 'FLEDGE_STORE_CLUSTER',
    fix: 'Use the URL of this server in place of the nodes of a cluster.',
  };
}

/** Recognises the host by its name, because it requires TLS and may be out of reach. */
export function checkServerless({ host, topology }: Pick<RedisAddress, 'host' | 'topology'>): Check[] {
  const nodes = topology.kind === 'cluster' ? topology.cluster.nodes.map((node) => node.host) : [];
  return [host, ...nodes].some(isServerless) ? [serverless] : [];
}

function isServerless(host: string): boolean {
  return /\.serverless\.[\w-]+\.cache\.amazonaws\.com(\.cn)?\.?$/i.test(host);
}

const serverless: Check = {
  name: 'ElastiCache Serverless',
  status: 'error',
  found: 'the host is ElastiCache Serverless, which evicts keys (volatile-lru); this cannot be changed',
  code: 'FLEDGE_ELASTICACHE_SERVERLESS',
  fix: 'Use a node-based ElastiCache replication group whose parameter group sets maxmemory-policy to noeviction. Or use MemoryDB.',
};

const wantedBacklog = 511;

/** Redis requests a queue of 511 connections that it has not accepted yet. Linux grants at most somaxconn. */
export function checkBacklog(remoteAddress: string, somaxconn: number | undefined): Check {
  const name = 'backlog';
  if (!/^(::ffff:)?127\.|^::1$/.test(remoteAddress) || somaxconn === undefined) {
    const found = `cannot be read from this machine; net.core.somaxconn on the server's machine should be ${wantedBacklog} or more`;
    return { name, status: 'unknown', found };
  }
  const found = `net.core.somaxconn is ${somaxconn} on this machine`;
  if (somaxconn >= wantedBacklog) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found: `${found}, less than Redis' tcp-backlog of ${wantedBacklog}`,
    code: 'FLEDGE_STORE_BACKLOG',
    fix: 'When many processes connect at once, the server refuses some. Run sysctl -w net.core.somaxconn=1024 (in Docker: --sysctl net.core.somaxconn=1024).',
  };
}
