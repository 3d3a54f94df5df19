import { JobEvents } from '../../jobs/index.js';
import { afterEach, expect, it, vi } from 'vitest';
import { TransportAlarms } from './transport-alarms.js';

afterEach(() => vi.restoreAllMocks());

it('allows one mail every three seconds to try', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const alarms = new TransportAlarms(new JobEvents());
  const tries = (): number => [1, 2, 3].filter(() => alarms.problemToWaitFor('bulk') === undefined).length;
  expect(tries()).toBe(3);
  alarms.raise('bulk', 'credentials', 'wrong password');
  expect([tries(), alarms.problemToWaitFor('bulk')]).toEqual([0, 'wrong password']);
  clock.mockReturnValue(3_000);
  expect(tries()).toBe(1);
  clock.mockReturnValue(5_999);
  expect(tries()).toBe(0);
  alarms.clear('bulk');
  expect(tries()).toBe(3);
});
