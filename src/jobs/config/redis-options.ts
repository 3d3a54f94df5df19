export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Connects through Redis Sentinel, with ioredis. */
export interface SentinelOptions {
  /** The name of the master in the sentinels' configuration. */
  readonly name: string;
  readonly nodes: readonly RedisNode[];
  /** The password of the sentinels. The password of the master comes from `url` or JOBS_PASSWORD. @default none */
  readonly password?: string;
}

/** Connects to a Redis Cluster. */
export interface ClusterOptions {
  /** Some nodes of the cluster. The client discovers the others. */
  readonly nodes: readonly RedisNode[];
}

/** How to find the server that keeps the jobs. */
export type RedisTopology =
  | { readonly kind: 'url' }
  | { readonly kind: 'sentinel'; readonly sentinel: SentinelOptions }
  | { readonly kind: 'cluster'; readonly cluster: ClusterOptions };
