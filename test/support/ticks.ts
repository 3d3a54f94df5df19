import { expect } from 'vitest';

export interface TickRun {
  /** Milliseconds since 1970; undefined: it was no tick. */
  readonly tick: number | undefined;
  /** When it ran. */
  readonly at: number;
}

/**
 * No two runs of one tick of a schedule that ticks every second, none too early, and none left out but those that passed
 * while the one before waited for a busy machine.
 */
export function expectEachTickOnce(runs: readonly TickRun[]): void {
  const ticks = runs.flatMap(({ tick, at }) => (tick === undefined ? [] : [{ tick, at }]));
  const sorted = ticks.toSorted((a, b) => a.tick - b.tick);
  expect(new Set(sorted.map(({ tick }) => tick)).size).toBe(sorted.length);
  for (const [i, { tick, at }] of sorted.entries()) {
    expect(tick % 1_000).toBe(0);
    expect(at).toBeGreaterThan(tick - 50);
    const next = sorted[i + 1];
    if (next && at - tick < 900) expect(next.tick - tick).toBe(1_000);
  }
}
