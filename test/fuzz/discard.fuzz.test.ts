import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { JobSweep } from '../../src/jobs/engines/bull/inventory/job-sweep.js';
import { fuzz } from '../support/fuzz.js';

type Kind = 'Stays' | 'Goes';

/** Changes by workers, producers and other operators between two steps. */
type Change =
  | { readonly does: 'take' | 'remove'; readonly count: number }
  | { readonly does: 'add' | 'hand back'; readonly kinds: readonly Kind[] };

const kind = fc.constantFrom<Kind>('Stays', 'Goes');
const change = fc.oneof<fc.Arbitrary<Change>[]>(
  fc.record({ does: fc.constantFrom('take', 'remove'), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ does: fc.constantFrom('add', 'hand back'), kinds: fc.array(kind, { maxLength: 5 }) }),
);

/** A queue in BullMQ's layout: a list whose next job is at its tail, and a hash for each job. */
class RawQueue {
  private made = 0;
  /** All jobs in the order that the list must keep. The first one runs first. */
  order: string[] = [];
  readonly kinds = new Map<string, Kind>();
  /** Jobs that were added later and need not be found. */
  readonly late = new Set<string>();

  constructor(
    private readonly client: Redis,
    readonly base: string,
  ) {}

  async push(kinds: readonly Kind[], where: 'head' | 'tail'): Promise<string[]> {
    const ids = kinds.map((name) => {
      const id = `${name}-${++this.made}`;
      this.kinds.set(id, name);
      return id;
    });
    for (const id of ids) {
      await this.client.hset(this.base + id, { name: this.kinds.get(id)!, timestamp: 1 });
      await (where === 'head'
        ? this.client.lpush(`${this.base}wait`, id)
        : this.client.rpush(`${this.base}wait`, id));
    }
    this.order = where === 'head' ? [...this.order, ...ids] : [...ids.toReversed(), ...this.order];
    return ids;
  }

  async list(): Promise<string[]> {
    return (await this.client.lrange(`${this.base}wait`, '0', '-1')).toReversed();
  }

  async happen(event: Change): Promise<void> {
    const list = await this.list();
    switch (event.does) {
      case 'take':
        for (const id of list.slice(0, event.count)) await this.drop(id);
        return;
      case 'remove':
        // From any position, as the cancellation of one job does.
        for (const id of list.filter((_, i) => i % 7 === 3).slice(0, event.count)) await this.drop(id);
        return;
      case 'add':
        for (const id of await this.push(event.kinds, 'head')) this.late.add(id);
        return;
      case 'hand back':
        for (const id of await this.push(event.kinds, 'tail')) this.late.add(id);
    }
  }

  private async drop(id: string): Promise<void> {
    await this.client.lrem(`${this.base}wait`, -1, id);
    await this.client.del(this.base + id);
    this.order = this.order.filter((other) => other !== id);
  }
}

describe('discarding from a list that other clients change', () => {
  it('discards each job that was in the list, keeps the order of the others, and leaves no temporary keys', async () => {
    const { hostname: host, port } = new URL(inject('redisUrl'));
    const client = new Redis({ host, port: Number(port), maxRetriesPerRequest: null });
    onTestFinished(() => client.disconnect());
    let runs = 0;
    const property = fc.asyncProperty(
      fc.array(kind, { maxLength: 60 }),
      fc.record({
        examine: fc.integer({ min: 1, max: 12 }),
        most: fc.integer({ min: 1, max: 6 }),
        near: fc.integer({ min: 1, max: 20 }),
      }),
      fc.array(fc.array(change, { maxLength: 2 }), { maxLength: 20 }),
      // The discarding process dies before this step.
      fc.option(fc.nat(12), { nil: Infinity }),
      async (kinds, bounds, events, diesAt) => {
        const base = `{sweep-${process.pid}-${++runs}}:default:`;
        const queue = new RawQueue(client, base);
        await queue.push(kinds, 'head');
        let step = 0;
        const ask = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
          if (step === diesAt) throw new Error('died');
          for (const event of events[step++] ?? []) await queue.happen(event);
          return question();
        };
        const sweep = { states: ['waiting'], names: ['Goes'] } as const;
        const swept = new JobSweep(
          { client, ask, remove: async () => false },
          'default',
          base,
          sweep,
          bounds,
        );
        const gone = await swept.run().catch((error: Error) => {
          expect(error.message).toBe('died');
          return undefined;
        });

        const list = await queue.list();
        const isGone = (id: string): boolean => !list.includes(id);
        expect(list).toEqual(queue.order.filter((id) => !isGone(id)));
        const missing = queue.order.filter(isGone);
        expect(missing.filter((id) => queue.kinds.get(id) !== 'Goes')).toEqual([]);
        if (gone !== undefined) expect(gone).toBe(missing.length);
        const overlooked = list.filter((id) => queue.kinds.get(id) === 'Goes' && !queue.late.has(id));
        if (gone !== undefined) expect(overlooked).toEqual([]);
        const hashes = await client.keys(`${base}*-*`);
        expect(hashes.map((key) => key.slice(base.length)).sort()).toEqual([...list].sort());
        await client.del(...(await client.keys(`${base}*`)), 'none');
      },
    );
    await fc.assert(property, fuzz(80));
  });
});
