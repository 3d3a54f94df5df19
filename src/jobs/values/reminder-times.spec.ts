import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReminderTimes } from './reminder-times.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('reports each problem at once and then once a minute', () => {
  const times = new ReminderTimes<string>();
  expect([times.isDue('a'), times.isDue('a'), times.isDue('b')]).toEqual([true, false, true]);
  vi.advanceTimersByTime(60_000);
  expect([times.isDue('a'), times.isDue('a')]).toEqual([true, false]);
});

it('reports a problem at once if it returns', () => {
  const times = new ReminderTimes<string>();
  times.isDue('a');
  times.isDue('b');
  times.keepOnly(new Set(['b']));
  expect([times.isDue('a'), times.isDue('b')]).toEqual([true, false]);
  times.clear();
  expect([times.isEmpty, times.isDue('b')]).toEqual([true, true]);
});
