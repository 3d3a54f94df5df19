export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Redis Sentinel, as ioredis speaks with it. */
export interface SentinelOptions {
  /** What the sentinels call the master. */
  readonly name: string;
  readonly nodes: readonly RedisNode[];
  /** The sentinels' own password; the master's is the url's, or JOBS_PASSWORD. @default none */
  readonly password?: string;
}

/** Redis Cluster. */
export interface ClusterOptions {
  /** Some of its nodes; the others are found. */
  readonly nodes: readonly RedisNode[];
}

/** How the server is found that keeps the jobs. */
export type RedisTopology =
  | { readonly kind: 'url' }
  | { readonly kind: 'sentinel'; readonly sentinel: SentinelOptions }
  | { readonly kind: 'cluster'; readonly cluster: ClusterOptions };
