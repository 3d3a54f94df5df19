import { expect } from 'vitest';

export interface TickRun {
  /** In milliseconds since 1970. Undefined if the run was not a tick. */
  readonly tick: number | undefined;
  /** The time of the run. */
  readonly at: number;
}

/**
 * Expects that each tick of a schedule with an interval of a second ran once and not too early. A tick may be missing
 * only if it passed while the last run was waiting for a busy machine.
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
