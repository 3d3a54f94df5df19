import { expect, it } from 'vitest';
import { JobEvents } from '../events/events.js';
import type { FleetMember } from '../store/fleet.js';
import { OtherApps } from './other-apps.js';

const worker = (jobs: readonly string[]): FleetMember => ({
  id: 'w',
  host: 'h',
  pid: 1,
  app: 'acme/worker',
  version: '1',
  startedAt: 0,
  state: 'running',
  queues: [{ name: 'default', concurrency: 1 }],
  jobs,
  concurrency: 1,
  busy: 0,
  running: [],
  rss: 0,
  loopDelay: 0,
  roundTrip: 0,
  age: 0,
});
const own = ['A', 'B'].map((name) => ({ name, queue: 'default' }));
const minute = 60_000;

it.each([
  ['a deploy is not reported', [['A'], ['A'], ['A', 'B']], 0],
  ['a worker that never knows all jobs is reported after ten minutes', [['A'], ['A'], ['A']], 1],
  ['the ten minutes start again', [['A'], ['A', 'B'], ['A']], 0],
])('while it is unclear: %s', (_, looks, count) => {
  const events = new JobEvents();
  const codes: string[] = [];
  events.subscribe((event) => void (event.type === 'warning' && codes.push(event.code)));
  const apps = new OtherApps({ app: 'acme/api' }, 'store', events);
  for (const [i, jobs] of looks.entries()) apps.report([worker(jobs)], own, i * 5 * minute);
  expect(codes).toEqual(Array.from({ length: count }, () => 'FLEDGE_PREFIX_SHARED'));
});
