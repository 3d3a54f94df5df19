import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('lets so many pass in any span of that length', async () => {
    const limit = new RateLimit({ messages: 3, per: 100 }, 'x');
    const passed: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await limit.pass();
        passed.push(performance.now());
      }),
    );
    // A millisecond less, since timers round.
    for (let i = 3; i < passed.length; i++) expect(passed[i]! - passed[i - 3]!).toBeGreaterThanOrEqual(98);
    expect(passed[2]! - passed[0]!).toBeLessThan(50);
  });

  it('waits no longer for a signal that aborts', async () => {
    const limit = new RateLimit({ messages: 1, per: '1h' }, 'x');
    await limit.pass();
    const stop = new AbortController();
    const waiting = limit.pass(stop.signal);
    stop.abort(new Error('it stops'));
    await expect(waiting).rejects.toThrow('it stops');
  });
});
