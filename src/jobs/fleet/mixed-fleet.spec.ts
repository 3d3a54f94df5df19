import { expect, it } from 'vitest';
import { JobEvents } from '../events/events.js';
import type { FleetMember } from '../store/fleet.js';
import { minute } from '../values/duration.js';
import { MixedFleet } from './mixed-fleet.js';

const member = (id: string, jobs: string[], other: Partial<FleetMember> = {}): FleetMember => ({
  id,
  host: 'h',
  pid: 1,
  version: '1',
  startedAt: 0,
  state: 'running',
  queues: [
    { name: 'mailers', concurrency: 1 },
    { name: 'default', concurrency: 1 },
  ],
  jobs,
  concurrency: 2,
  busy: 0,
  running: [],
  rss: 0,
  loopDelay: 0,
  roundTrip: 0,
  age: 0,
  ...other,
});

/** Reports each list of members a minute after the one before, and returns the warnings. */
function warnings(...minutes: FleetMember[][]): string[] {
  const events = new JobEvents();
  const messages: string[] = [];
  events.subscribe((event) => {
    if (event.type === 'warning' && event.code === 'FLEDGE_FLEET_MIXED') messages.push(event.message);
  });
  const fleet = new MixedFleet(events);
  for (const [i, members] of minutes.entries()) fleet.report(members, i * minute);
  return messages;
}
const forMinutes = (count: number, members: FleetMember[]): FleetMember[][] =>
  Array(count).fill(members) as never;

const shop = member('shop', ['CleanupJob', 'UserMailer.welcome', 'InvoiceMailer.invoice']);
const blog = member('blog', ['CleanupJob', 'UserMailer.welcome']);

it('reports workers that know different jobs for ten minutes, once', () => {
  const [message, ...others] = warnings(...forMinutes(60, [shop, blog]));
  expect(message).toMatch(
    /^For ten minutes the workers of the queues default, mailers have known different jobs: blog does not know InvoiceMailer\.invoice\. .*prefix: '…'/,
  );
  expect(others).toEqual([]);
});

it('reports both workers if each knows jobs of its own', () => {
  expect(warnings(...forMinutes(11, [shop, member('other', ['OtherJob'])]))).toHaveLength(2);
});

it.each([
  ['a deploy that ends in time', [...forMinutes(10, [shop, blog]), ...forMinutes(20, [shop])]],
  ['two short deploys', [...forMinutes(8, [shop, blog]), [shop], ...forMinutes(8, [shop, blog])]],
  ['workers of one version', forMinutes(20, [shop, member('second', [...shop.jobs])])],
  [
    'workers of different queues',
    forMinutes(20, [shop, member('images', [], { queues: [{ name: 'images', concurrency: 1 }] })]),
  ],
  ['a worker that takes no more jobs', forMinutes(20, [shop, { ...blog, state: 'stopping' }])],
  ['a worker that is gone', forMinutes(20, [shop, { ...blog, age: 2 * minute }])],
  ['a damaged record', forMinutes(20, [shop, { ...blog, damage: 'cannot be read' }])],
])('does not report %s', (_, minutes) => expect(warnings(...minutes)).toEqual([]));
