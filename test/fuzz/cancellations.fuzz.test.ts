import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import {
  CancellationReader,
  RedisCancellations,
} from '../../src/jobs/engines/bull/keys/redis-cancellations.js';
import { ReceivedCancellations } from '../../src/jobs/store/cancellations.js';
import { fuzz } from '../support/fuzz.js';

/** Changes to the key between two cancellations. */
type Trouble =
  | { readonly kind: 'write'; readonly score: string; readonly word: Uint8Array }
  | { readonly kind: 'copy'; readonly rank: number; readonly score: string }
  | { readonly kind: 'cut'; readonly from: number; readonly to: number }
  | { readonly kind: 'replace'; readonly type: 'string' | 'list' | 'hash' | 'none' }
  | { readonly kind: 'look' };

const score = fc.oneof(
  fc.double({ noNaN: true }).map((number) => String(number).replace('Infinity', 'inf')),
  fc
    .integer({ min: -30 * 24 * 3_600_000, max: 30 * 24 * 3_600_000 })
    .map((offset) => String(Date.now() + offset)),
);

const field = fc.oneof(fc.string(), fc.jsonValue(), fc.constant('__proto__'));
const word = fc.oneof(
  fc.uint8Array({ maxLength: 50 }),
  fc
    .record(
      {
        target: fc.oneof(
          fc.record({ kind: fc.constantFrom('job', 'class'), id: field, name: field }, { requiredKeys: [] }),
          fc.jsonValue(),
        ),
        at: fc.oneof(fc.double(), fc.jsonValue()),
        reason: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
);

const write = fc.record({ kind: fc.constant('write' as const), score, word });

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: write },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('copy'), rank: fc.integer({ min: -3, max: 3 }), score }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cut'),
      from: fc.integer({ min: -5, max: 5 }),
      to: fc.integer({ min: -5, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('replace'),
      type: fc.constantFrom('string', 'list', 'hash', 'none'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('look') }) },
);

async function make(client: Redis, key: string, event: Trouble): Promise<unknown> {
  switch (event.kind) {
    case 'write':
      return client.zadd(key, event.score, Buffer.from(event.word));
    case 'copy': {
      // Moves an existing entry, also the one that the worker read last.
      const [member] = await client.zrangeBuffer(key, String(event.rank), String(event.rank));
      return member && client.zadd(key, event.score, member);
    }
    case 'cut':
      return client.zremrangebyrank(key, event.from, event.to);
    case 'replace':
      await client.del(key);
      if (event.type === 'string') return client.set(key, 'x');
      if (event.type === 'list') return client.rpush(key, 'x');
      return event.type === 'hash' && client.hset(key, 'x', 'y');
    case 'look':
      return undefined;
  }
}

describe('cancellations among hostile entries', () => {
  it('reach every worker at its next poll, whatever was written, moved, removed or lost before', async () => {
    const { hostname: host, port } = new URL(inject('redisUrl'));
    const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
    onTestFinished(() => client.disconnect());
    let runs = 0;
    const property = fc.asyncProperty(
      fc.array(
        fc.record({
          before: fc.array(trouble, { maxLength: 5 }),
          // Between a cancellation and the poll that must find it.
          behind: fc.array(write, { maxLength: 3 }),
        }),
        { maxLength: 5 },
      ),
      async (rounds) => {
        const prefix = `{cancel-fuzz-${process.pid}-${++runs}}`;
        const key = `${prefix}:$cancelled`;
        const cancellations = new RedisCancellations(client, prefix, (question) => question());
        const [reader, heard] = [new CancellationReader(client, prefix), new ReceivedCancellations()];
        const look = async (): Promise<void> => {
          for (const cancellation of await reader.news()) heard.add(cancellation);
        };
        for (const [round, { before, behind }] of rounds.entries()) {
          for (const event of before) {
            // A key of another type rejects the commands of a sorted set.
            await make(client, key, event).catch(() => undefined);
            if (event.kind === 'look') await look().catch(() => undefined);
          }
          const id = `canary ${round}`;
          await cancellations.leave({ target: { kind: 'job', id }, at: Date.now() });
          for (const event of behind) await make(client, key, event);
          await look();
          expect(heard.find({ id, name: 'LongJob', enqueuedAt: Date.now() })).toBeDefined();
        }
        await client.del(key);
      },
    );
    await fc.assert(property, fuzz(150));
  });
});
