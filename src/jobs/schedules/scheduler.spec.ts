import { afterEach, expect, it, vi } from 'vitest';
import type { DeclaredSchedules } from './declared-schedules.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import { Scheduler } from './scheduler.js';
import type { Store } from '../store/store.js';
import type { VoteResult } from '../store/timetable.js';

afterEach(() => void vi.useRealTimers());

/** A scheduler whose votes have the result that the test sets, and the number of its warnings. */
function voting(fingerprint: string): {
  wait: (ms: number) => Promise<unknown>;
  warnings: () => number;
  vote: { result: VoteResult };
} {
  vi.useFakeTimers();
  const vote = { result: 'lost' as VoteResult };
  const events = new JobEvents();
  const emitted: JobEvent[] = [];
  events.subscribe((event) => emitted.push(event));
  const declared = { fingerprint: () => fingerprint, all: () => [{ name: 'nightly' }] };
  const timetable = { campaign: async () => vote.result, list: async () => [] };
  const scheduler = new Scheduler(
    declared as unknown as DeclaredSchedules,
    { timetable } as unknown as Store,
    events,
  );
  scheduler.start({ id: 'worker', queues: ['default'] });
  const warnings = (): number =>
    emitted.filter((event) => event.type === 'warning' && event.code === 'FLEDGE_SCHEDULES_DISPUTED').length;
  return { wait: (ms) => vi.advanceTimersByTimeAsync(ms), warnings, vote };
}

const minute = 60_000;

it('warns when another set of schedules has won for ten minutes, and every hour from then on', async () => {
  const { wait, warnings } = voting('mine');
  await wait(9 * minute);
  expect(warnings()).toBe(0);
  await wait(2 * minute);
  expect(warnings()).toBe(1);
  await wait(50 * minute);
  expect(warnings()).toBe(1);
  await wait(15 * minute);
  expect(warnings()).toBe(2);
});

it('starts to count again after its set has won', async () => {
  const { wait, warnings, vote } = voting('mine');
  await wait(9 * minute);
  vote.result = 'won';
  await wait(minute);
  vote.result = 'lost';
  await wait(9 * minute);
  expect(warnings()).toBe(0);
});

it('does not warn if it declares no schedules', async () => {
  const { wait, warnings } = voting('none');
  await wait(60 * minute);
  expect(warnings()).toBe(0);
});
