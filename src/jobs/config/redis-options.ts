import type { ConnectionOptions } from 'node:tls';

export interface RedisNode {
  /** The host's name or address. */
  readonly host: string;
  /** The TCP port. */
  readonly port: number;
}

/** Options of the package ioredis, by their names there. Fledge does not know their types. */
export type IoredisOptions = Readonly<Record<string, unknown>>;

/** How a process connects to Redis. Parameters of the URL override the same options here. */
export interface RedisOptions {
  /**
   * Options of Node's `tls.connect`, for a `rediss://` URL: `ca`, `cert`, `key`, `passphrase`, `servername`,
   * `rejectUnauthorized` and the rest. Without a URL, as with `cluster` or `sentinel`, it turns TLS on. With
   * `rejectUnauthorized: false` the connection is encrypted, and the server is not verified.
   * @default Node's own certificate authorities, and the server is verified
   */
  readonly tls?: ConnectionOptions | undefined;
  /** The version of the IP addresses to connect to: 4, 6, or 0 for both. @default ioredis's own */
  readonly family?: 0 | 4 | 6 | undefined;
  /**
   * Any other option of ioredis, such as `{ keepAlive: 30_000 }`. It applies to every connection of web and worker, before
   * Fledge's own defaults. For an option that Fledge sets itself, such as `keyPrefix`, the error says what to use instead.
   * @default {}
   */
  readonly ioredis?: IoredisOptions | undefined;
}

/** Connects through Redis Sentinel, with ioredis. */
export interface SentinelOptions {
  /** The name of the master in the sentinels' configuration. */
  readonly name: string;
  /** The sentinels. Name all of them, because each may be down. */
  readonly nodes: readonly RedisNode[];
  /** The password of the sentinels. The password of the master comes from `url` or JOBS_PASSWORD. @default none */
  readonly password?: string;
  /** True to reach the sentinels through TLS. @default as for the master */
  readonly tls?: boolean;
}

/** Connects to a Redis Cluster. */
export interface ClusterOptions {
  /** Some nodes of the cluster. The client discovers the others. */
  readonly nodes: readonly RedisNode[];
  /** Options of ioredis's `Cluster`, such as `natMap` or `dnsLookup`. @default {} */
  readonly ioredis?: IoredisOptions | undefined;
}

/** How to find the server that keeps the jobs. */
export type RedisTopology =
  | { readonly kind: 'url' }
  | { readonly kind: 'sentinel'; readonly sentinel: SentinelOptions }
  | { readonly kind: 'cluster'; readonly cluster: ClusterOptions };
