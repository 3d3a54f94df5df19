import { expect, it } from 'vitest';
import { FetchWatch } from './fetch-watch.js';

const s = 1_000;

it('reports a worker after 20 s of silence, and asks for its replacement after 30 s', () => {
  const watch = new FetchWatch(0);
  const worker = { lastFetchAt: 5 * s, fetches: 1 };
  expect([watch.look(worker, 24 * s), watch.silentFor(24 * s)]).toEqual([0, 0]);
  expect([watch.look(worker, 25 * s), watch.silentFor(25 * s)]).toEqual([0, 20 * s]);
  expect([watch.look(worker, 35 * s), watch.silentFor(35 * s)]).toEqual([30 * s, 30 * s]);
});

it('counts a replacement as alive after its second fetch', () => {
  const watch = new FetchWatch(0);
  watch.look({ lastFetchAt: 0, fetches: 1 }, 30 * s);
  expect(watch.look({ lastFetchAt: 31 * s, fetches: 1 }, 32 * s)).toBe(0);
  expect(watch.silentFor(32 * s)).toBe(32 * s);
  watch.look({ lastFetchAt: 36 * s, fetches: 2 }, 37 * s);
  expect(watch.silentFor(37 * s)).toBe(0);
});

it('does not count time in which the worker had no reason to fetch', () => {
  const watch = new FetchWatch(0);
  const worker = { lastFetchAt: 0, fetches: 1 };
  // All slots were in use for a minute, and each acknowledgement fetched the next job.
  watch.excuse(60 * s);
  expect([watch.look(worker, 61 * s), watch.silentFor(61 * s)]).toEqual([0, 0]);
  expect(watch.look(worker, 90 * s)).toBe(30 * s);
});
