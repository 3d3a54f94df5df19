import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { inspectRedis } from './redis-checks.js';
import { parseRedisUrl } from '../connection/redis-url.js';
import { StoreErrors } from '../connection/store-errors.js';

const errors = new StoreErrors(parseRedisUrl('redis://h', undefined));
/** A server that only answers INFO. */
const server = (info: string | Error): Redis =>
  ({ info: async () => (info instanceof Error ? Promise.reject(info) : info) }) as unknown as Redis;
const codes = async (info: string | Error) =>
  (await inspectRedis(server(info), errors)).map(({ severity, code }) => [severity, code]);

describe('inspectRedis', () => {
  it.each<[string, string | Error, [string, string][]]>([
    ['a good server', 'redis_version:7.0.15\r\nmaxmemory:100\r\nmaxmemory_policy:noeviction', []],
    [
      'Valkey',
      'redis_version:7.2.4\r\nvalkey_version:8.0.1\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction',
      [],
    ],
    [
      'no limit, so nothing is evicted',
      'redis_version:6.2.0\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru',
      [],
    ],
    [
      'an evicting server',
      'redis_version:7.0.15\r\nmaxmemory:1\r\nmaxmemory_policy:volatile-lru',
      [['error', 'FLEDGE_EVICTION_POLICY']],
    ],
    [
      'an old server',
      'redis_version:6.0.16\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction',
      [['error', 'FLEDGE_REDIS_VERSION']],
    ],
    [
      'a server that does not show its policy',
      'redis_version:7.0.15',
      [['warning', 'FLEDGE_EVICTION_UNKNOWN']],
    ],
    ['a server that forbids INFO', new Error('NOPERM'), [['warning', 'FLEDGE_EVICTION_UNKNOWN']]],
  ])('%s', async (_, info, expected) => expect(await codes(info)).toEqual(expected));
});
