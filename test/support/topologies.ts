import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { accepts, type PrivateRedis } from '../../src/testing/redis/private-redis.js';
import { ownRedis, requireRedisServer } from './redis-server.js';
import { until } from './until.js';

export interface Node {
  readonly host: string;
  readonly port: number;
}

/** A folder that is removed when the test ends. */
export async function ownFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'fledge-redis-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A client that closes when the test ends. */
export function adminOf(port: number, options: object = {}): Redis {
  const client = new Redis({ port, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

/** Starts a cluster of three masters. */
export async function ownCluster(): Promise<Node[]> {
  const ranges = [
    [0, 5460],
    [5461, 10922],
    [10923, 16383],
  ] as const;
  const nodes = await Promise.all(
    ranges.map(async ([from, to]) => {
      const bus = await freePort();
      const settings = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(bus),
        '--cluster-node-timeout',
        '5000',
      ];
      const { port } = await ownRedis(settings);
      const client = adminOf(port);
      await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      return { host: '127.0.0.1', port, bus, client };
    }),
  );
  for (const { port, bus } of nodes.slice(1))
    await nodes[0]!.client.call('CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus));
  const isOk = async ({ client }: { client: Redis }): Promise<boolean> =>
    ((await client.call('CLUSTER', 'INFO')) as string).includes('cluster_state:ok') &&
    ((await client.call('CLUSTER', 'INFO')) as string).includes('cluster_known_nodes:3');
  await until('the cluster is up', async () => (await Promise.all(nodes.map(isOk))).every(Boolean));
  return nodes.map(({ host, port }) => ({ host, port }));
}

/** A master called `main` behind sentinels. */
export interface OwnSentinels {
  readonly nodes: readonly Node[];
  readonly master: PrivateRedis;
}

/**
 * Starts three sentinels that watch a master and its replicas.
 * @param replicas how many replicas the master has
 */
export async function ownSentinels(replicas: number): Promise<OwnSentinels> {
  const master = await ownRedis();
  const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)];
  for (let i = 0; i < replicas; i++) await ownRedis(replicaOf);
  const client = adminOf(master.port);
  await until(
    'the replicas are online',
    async () => ((await client.info('replication')).match(/state=online/g)?.length ?? 0) === replicas,
  );
  const nodes: Node[] = [];
  for (let i = 0; i < 3; i++) nodes.push(await sentinel(master.port));
  const watcher = adminOf(nodes[0]!.port);
  await until('the sentinels have found all servers', async () => {
    const said = JSON.stringify(await watcher.call('SENTINEL', 'MASTER', 'main'));
    return said.includes(`"num-slaves","${replicas}"`) && said.includes('"num-other-sentinels","2"');
  });
  return { nodes, master };
}

async function sentinel(master: number): Promise<Node> {
  const [directory, port] = [await ownFolder(), await freePort()];
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor main 127.0.0.1 ${master} 2`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 5000',
  ];
  const file = join(directory, 'sentinel.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
  await chmod(file, 0o600);
  const process = spawn(requireRedisServer(), [file, '--sentinel'], { stdio: 'ignore' });
  onTestFinished(() => void process.kill('SIGKILL'));
  await until('the sentinel answers', () => accepts('127.0.0.1', port));
  return { host: '127.0.0.1', port };
}
