import { expect, it } from 'vitest';
import { isTooLate, tickIdOf, tickOf } from './tick.js';

it('reads schedule and time from the id of a tick, for every name', () => {
  for (const schedule of ['nightly', 'Reports.Daily-1', 'a:b:c:d:e$', 'ÄöJob']) {
    const id = tickIdOf(schedule, 1_700_000_000_000);
    expect(tickOf(id)).toEqual({ schedule, at: 1_700_000_000_000 });
    // BullMQ treats an id with more parts as a repeatable job from before version 6.
    expect(id.split(':')).toHaveLength(3);
  }
});

it('reads no tick from the id of another job', () => {
  for (const id of [
    '0193b2a1-7b1c-7c3e-8d5f-0123456789ab',
    'repeat:mine:1700000000000',
    'repeat:fledge-a:x',
    'repeat:fledge-50%:1700000000000',
    '1',
  ])
    expect(tickOf(id)).toBeUndefined();
});

it('a tick is too late after a minute, or once the next tick is due', () => {
  expect(isTooLate({ every: 3_600_000 }, 0, 60_000)).toBe(false);
  expect(isTooLate({ every: 3_600_000 }, 0, 60_001)).toBe(true);
  expect(isTooLate({ every: 5_000 }, 0, 4_999)).toBe(false);
  expect(isTooLate({ every: 5_000 }, 0, 5_000)).toBe(true);
  expect(isTooLate({ cron: 'damaged', timezone: 'UTC' }, 0, 30_000)).toBe(false);
});
