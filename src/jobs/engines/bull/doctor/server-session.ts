import type { Redis } from 'ioredis';
import type { RedisNode } from '../../../config/redis-options.js';
import { fledgeKey } from '../keys/fledge-keys.js';
import type { RedisAddress } from '../connection/redis-url.js';
import type { StoreErrors } from '../connection/store-errors.js';
import { Session } from './session.js';

/** A session, and the address of its server. */
export interface ServerSession {
  readonly session: Session;
  /** Host and port are those of the server, also behind sentinels and in a cluster. */
  readonly address: RedisAddress;
}

/**
 * Opens a session with the server that has the queues. In a cluster that is the node with the slot of the prefix.
 * @throws Error the error of Redis or the network, without arguments and secrets
 */
export async function openServerSession(address: RedisAddress, errors: StoreErrors): Promise<ServerSession> {
  const { topology } = address;
  if (topology.kind === 'cluster') return openNode(address, topology.cluster.nodes, errors);
  const session = await Session.open(address, errors);
  if (topology.kind === 'url') return { session, address };
  const { remoteAddress = address.host, remotePort = address.port } = session.client.stream;
  return { session, address: { ...address, host: remoteAddress, port: remotePort } };
}

async function openNode(
  address: RedisAddress,
  nodes: readonly RedisNode[],
  errors: StoreErrors,
): Promise<ServerSession> {
  const { topology } = address;
  const first = await openAny(address, nodes, errors);
  const node = await nodeWith(fledgeKey(address.prefix, 'fleet'), first.session.client);
  const host = node?.host || first.address.host;
  const port = node?.port ?? first.address.port;
  if (host === first.address.host && port === first.address.port)
    return { ...first, address: { ...first.address, topology } };
  first.session.close();
  const there = nodeAddress(address, { host, port });
  return { session: await Session.open(there, errors), address: { ...there, topology } };
}

/** Opens a session with the node that answers first. */
async function openAny(
  address: RedisAddress,
  nodes: readonly RedisNode[],
  errors: StoreErrors,
): Promise<ServerSession> {
  const opening = nodes.map(async (node): Promise<ServerSession> => {
    const there = nodeAddress(address, node);
    return { session: await Session.open(there, errors), address: there };
  });
  const first = await Promise.any(opening).catch((thrown: unknown) => {
    throw thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  });
  for (const one of opening)
    one.then(({ session }) => session !== first.session && session.close()).catch(() => undefined);
  return first;
}

/** The address of one node, as if it were a server of its own. */
function nodeAddress(address: RedisAddress, { host, port }: RedisNode): RedisAddress {
  return { ...address, topology: { kind: 'url' }, host, port };
}

/** Returns undefined if the server does not say it, for example because it is not part of a cluster. */
async function nodeWith(key: string, client: Redis): Promise<Partial<RedisNode> | undefined> {
  try {
    const slot = Number(await client.call('CLUSTER', 'KEYSLOT', key));
    const ranges: unknown = await client.call('CLUSTER', 'SLOTS');
    if (!Array.isArray(ranges)) return undefined;
    return ranges.flatMap((range: unknown) => masterOf(range, slot))[0];
  } catch {
    return undefined;
  }
}

/** A range is the first slot, the last one, the master as host and port, and then the replicas. */
function masterOf(range: unknown, slot: number): Partial<RedisNode>[] {
  if (!Array.isArray(range)) return [];
  const [first, last, master] = range as unknown[];
  if (!(slot >= Number(first) && slot <= Number(last)) || !Array.isArray(master)) return [];
  const [host, port] = master as unknown[];
  // A node that does not know its own host has the one that was asked.
  return [{ ...(typeof host === 'string' && { host }), port: Number(port) }];
}
