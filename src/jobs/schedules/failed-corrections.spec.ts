import { expect, it } from 'vitest';
import { JobEvents } from '../events/events.js';
import type { Schedule } from '../store/timetable.js';
import { FailedCorrections } from './failed-corrections.js';
import type { Correction } from './reconcile.js';

const added = (name: string, fingerprint: string): Correction => ({
  change: 'added',
  schedule: { name, fingerprint } as Schedule,
});

it('reports a failure once, and again after it has changed or was over', () => {
  const events = new JobEvents();
  const reported: string[] = [];
  events.subscribe((event) => {
    if (event.type === 'schedule-failed') reported.push(`${event.schedule}: ${event.error.message}`);
  });
  const failures = new FailedCorrections(events);
  const fail = (name: string, message: string, fingerprint = 'f'): string[] => {
    failures.report(added(name, fingerprint), new Error(message));
    return reported.splice(0);
  };
  expect(fail('a', 'taken')).toEqual(['a: taken']);
  expect(fail('a', 'taken')).toEqual([]);
  expect(fail('b', 'taken')).toEqual(['b: taken']);
  expect(fail('a', 'the store is down')).toEqual(['a: the store is down']);
  expect(fail('a', 'taken')).toEqual(['a: taken']);
  expect(fail('a', 'taken', 'other options')).toEqual(['a: taken']);
  failures.keepOnly(new Set(['a']));
  expect(fail('a', 'taken', 'other options')).toEqual([]);
  expect(fail('b', 'taken')).toEqual(['b: taken']);
});
