import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('limits the mails in any period of that length', async () => {
    const limit = new RateLimit({ messages: 3, per: 100 }, 'x');
    const startedAt = performance.now();
    const passed = await Promise.all(
      Array.from({ length: 10 }, () => limit.pass().then(() => performance.now() - startedAt)),
    );
    // Three pass at once, the next three after 100 ms, and so on. A timer may fire a millisecond early, and much later.
    passed.forEach((at, i) => expect(at).toBeGreaterThanOrEqual(100 * Math.floor(i / 3) - 2));
  });

  it('stops waiting when the signal aborts', async () => {
    const limit = new RateLimit({ messages: 1, per: '1h' }, 'x');
    await limit.pass();
    const stop = new AbortController();
    const waiting = limit.pass(stop.signal);
    stop.abort(new Error('it stops'));
    await expect(waiting).rejects.toThrow('it stops');
  });
});
