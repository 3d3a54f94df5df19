import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  CancellationReader,
  RedisCancellations,
} from '../../src/jobs/engines/bull/keys/redis-cancellations.js';
import { cancellationsLast } from '../../src/jobs/store/cancellations.js';
import { ownRedis } from '../support/redis-server.js';

let stores = 0;

interface Opened {
  readonly client: Redis;
  /** The key of the cancellations. */
  readonly key: string;
  /** Cancels a job and expects the worker's next poll to find the cancellation. */
  readonly hear: (id: string) => Promise<void>;
  /** Polls as the worker does. */
  readonly look: () => Promise<unknown>;
}

/** A process that cancels, and the reader of one worker, on a real server. */
function open(url = inject('redisUrl')): Opened {
  const prefix = `{cancel-${process.pid}-${++stores}}`;
  const { hostname: host, port } = new URL(url);
  const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
  onTestFinished(() => client.disconnect());
  const cancellations = new RedisCancellations(client, prefix, (question) => question());
  const reader = new CancellationReader(client, prefix);
  const hear = async (id: string): Promise<void> => {
    await cancellations.leave({ target: { kind: 'job', id }, at: Date.now() });
    const heard = await reader.news();
    expect(heard.map(({ target }) => target)).toContainEqual({ kind: 'job', id });
  };
  return { client, key: `${prefix}:$cancelled`, hear, look: () => reader.news().catch(() => undefined) };
}

const wordFor = (id: string): string => JSON.stringify({ target: { kind: 'job', id }, at: Date.now() });
const year = 365 * 24 * 3_600_000;

describe('on redis: a worker gets a cancellation', () => {
  it('once, and not again at its next poll', async () => {
    const { hear, look } = open();
    for (let i = 0; i < 20; i++) {
      await hear(`job ${i}`);
      expect(await look()).toEqual([]);
    }
  });

  it.each([
    ['10 seconds', 10_000],
    ['an hour', 3_600_000],
    ['a year', year],
  ])('after a failover to a server whose clock is %s behind', async (_, behind) => {
    const { client, key, hear, look } = open();
    await hear('before');
    // The score is the clock of the former primary.
    await client.zadd(key, String(Date.now() + behind), wordFor('last of the old primary'));
    await look();
    await hear('first after');
    await hear('second after');
  });

  it('after a failover that lost the last cancellations', async () => {
    const { client, key, hear, look } = open();
    await hear('kept');
    // The clock of the former primary was a minute ahead.
    await client.zadd(key, String(Date.now() + 60_000), wordFor('lost'));
    await look();
    await client.zremrangebyrank(key, -1, -1);
    await hear('first after');
    await hear('second after');
  });

  it('after a FLUSHALL', async () => {
    const { client, key, hear, look } = open();
    await client.zadd(key, String(Date.now() + 60_000), wordFor('before'));
    await look();
    await client.del(key);
    await hear('right after');
    await client.del(key);
    await look();
    await hear('later');
  });

  it.each<[string, (client: Redis, key: string) => Promise<unknown>]>([
    ['the score +inf', (client, key) => client.zadd(key, '+inf', wordFor('other'))],
    ['the score -inf', (client, key) => client.zadd(key, '-inf', wordFor('other'))],
    ['the highest safe score', (client, key) => client.zadd(key, String(2 ** 53), wordFor('other'))],
    [
      'a target that is not text',
      (client, key) => client.zadd(key, '1', '{"target":{"kind":"class","name":{"toString":1}},"at":1}'),
    ],
    ['bytes that are not text', (client, key) => client.zadd(key, '1e300', Buffer.from([0xff, 0xfe]))],
    ['another type of key', (client, key) => client.set(key, 'x')],
  ])('next to an entry with %s', async (_, write) => {
    const { client, key, hear, look } = open();
    await write(client, key);
    await hear('at once');
    await client.del(key);
    await write(client, key);
    await look();
    await hear('after a look');
    await hear('and once more');
  });

  it('next to two thousand entries with the same score as the last one that it read', async () => {
    const { client, key, hear } = open();
    await hear('before');
    const [, score] = await client.zrange(key, '-1', '-1', 'WITHSCORES');
    await client.zadd(key, ...Array.from({ length: 2_000 }, (_, i) => [score!, wordFor(`${i}`)]).flat());
    await hear('after');
  });

  it('from a server whose memory is full', async () => {
    const { url } = await ownRedis();
    const { client, hear } = open(url);
    await client.config('SET', 'maxmemory', '1');
    await expect(client.set('other', 'x')).rejects.toThrow(/OOM/);
    await hear('job');
  });
});

describe('on redis: a cancellation', () => {
  it('is removed after a week, even if a wrong clock gave it a later date', async () => {
    const { client, key, hear } = open();
    await client.zadd(key, String(Date.now() - cancellationsLast - 1_000), wordFor('old'));
    for (let i = 0; i < 3; i++) await client.zadd(key, String(Date.now() + year + i), wordFor(`ahead ${i}`));
    await hear('now');
    const left = await client.zrange(key, '0', '-1');
    const ids = left.map((word) => (JSON.parse(word) as { target: { id: string } }).target.id);
    expect(ids).toEqual(['ahead 0', 'ahead 1', 'ahead 2', 'now']);
    const [, highest] = await client.zrange(key, '-1', '-1', 'WITHSCORES');
    expect(Number(highest)).toBeLessThan(Date.now() + 3_600_000);
    expect(await client.pttl(key)).toBeLessThanOrEqual(cancellationsLast);
  });
});
