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
  alarms.raise({ transport: 'bulk', sender: 'a@acme.test', job: '1' }, 'credentials', 'wrong password');
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
  const bad = { transport: 'bulk', sender: 'bad@acme.test' };
  alarms.raise({ ...bad, job: '1' }, 'sender', 'may not send');
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBeUndefined();
  alarms.raise({ ...bad, job: '2' }, 'sender', 'may not send');
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBe('may not send');
  expect(alarms.problemToWaitFor('bulk', 'good@acme.test')).toBeUndefined();
  alarms.clear('bulk', 'good@acme.test');
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBe('may not send');
  alarms.clear('bulk', 'bad@acme.test');
  expect(emitted).toEqual(['mail-transport-broken', 'mail-transport-works']);
});

it('mails are held back by the refusals of two mails in a row, and not by two refusals of one', () => {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  const alarms = new TransportAlarms(new JobEvents());
  const raise = (job: string): void =>
    alarms.raise({ transport: 'bulk', sender: 'a@acme.test', job }, 'limit', 'too many mails');
  const problem = (): string | undefined => alarms.problemToWaitFor('bulk', 'a@acme.test');
  raise('1');
  raise('1');
  expect(problem()).toBeUndefined();
  alarms.clear('bulk', 'a@acme.test');
  raise('2');
  expect(problem()).toBeUndefined();
  raise('1');
  expect(problem()).toBe('too many mails');
  // The mails that were under way when the second was refused.
  raise('1');
  expect(problem()).toBe('too many mails');
});

it('a mail that its sender’s alarm holds back does not use up the turn of its transport', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const alarms = new TransportAlarms(new JobEvents());
  alarms.raise({ transport: 'bulk', sender: 'a@acme.test', job: '1' }, 'credentials', 'wrong password');
  clock.mockReturnValue(1_000);
  for (const job of ['2', '3'])
    alarms.raise({ transport: 'bulk', sender: 'bad@acme.test', job }, 'sender', 'may not send');
  clock.mockReturnValue(3_000);
  expect(alarms.problemToWaitFor('bulk', 'bad@acme.test')).toBe('may not send');
  expect(alarms.problemToWaitFor('bulk', 'good@acme.test')).toBeUndefined();
});
