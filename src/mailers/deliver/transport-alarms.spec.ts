import { JobEvents } from '../../jobs/index.js';
import { afterEach, expect, it, vi } from 'vitest';
import { TransportAlarms } from './transport-alarms.js';

afterEach(() => vi.restoreAllMocks());

it('allows one mail every three seconds to try', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const alarms = new TransportAlarms(new JobEvents());
  const tries = (): number =>
    [1, 2, 3].filter(() => alarms.problemToWaitFor('bulk', 'a@acme.test') === undefined).length;
  expect(tries()).toBe(3);
  alarms.raise({ transport: 'bulk', sender: 'a@acme.test' }, 'credentials', 'wrong password');
  expect([tries(), alarms.problemToWaitFor('bulk', 'a@acme.test')]).toEqual([0, 'wrong password']);
  clock.mockReturnValue(3_000);
  expect(tries()).toBe(1);
  clock.mockReturnValue(5_999);
  expect(tries()).toBe(0);
  alarms.clear('bulk', 'a@acme.test');
  expect(tries()).toBe(3);
});

it('a refused sender holds back only its own mails', () => {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  const events = new JobEvents();
  const emitted: string[] = [];
  events.subscribe(({ type }) => emitted.push(type));
  const alarms = new TransportAlarms(events);
  alarms.raise({ transport: 'bulk', sender: 'bad@acme.test' }, 'sender', 'may not send');
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBe('may not send');
  expect(alarms.problemToWaitFor('bulk', 'good@acme.test')).toBeUndefined();
  alarms.clear('bulk', 'good@acme.test');
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBe('may not send');
  alarms.clear('bulk', 'bad@acme.test');
  expect(emitted).toEqual(['mail-transport-broken', 'mail-transport-works']);
});
