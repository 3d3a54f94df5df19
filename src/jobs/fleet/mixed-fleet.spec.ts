import { describe, expect, it } from 'vitest';
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

/** The recorded code of each class: `RenamedCleanupJob` has the code that `CleanupJob` had. */
const codes = new Map([
  ...['CleanupJob', 'ImportJob', 'ReportJob', 'FeedJob', 'PostJob', 'IndexJob', 'A', 'B', 'C'].map(
    (name) => [name, `code of ${name}`] as const,
  ),
  ['RenamedCleanupJob', 'code of CleanupJob'],
  ['DeliverMail', 'code of DeliverMail'],
]);

/** Reports each list of members a minute after the one before, and returns the warnings. */
async function warnings(...minutes: FleetMember[][]): Promise<string[]> {
  const events = new JobEvents();
  const messages: string[] = [];
  events.subscribe((event) => {
    if (event.type === 'warning' && event.code === 'FLEDGE_FLEET_MIXED') messages.push(event.message);
  });
  const fleet = new MixedFleet(events, async () => ({ codes, common: new Set(['DeliverMail']) }));
  for (const [i, members] of minutes.entries()) await fleet.report(members, i * minute);
  return messages;
}
const forMinutes = (count: number, members: FleetMember[]): FleetMember[][] =>
  Array(count).fill(members) as never;

const shop = member('shop', ['CleanupJob', 'UserMailer.welcome', 'InvoiceMailer.invoice']);
const blog = member('blog', ['CleanupJob', 'UserMailer.welcome']);

it('reports workers that know different jobs for ten minutes, once', async () => {
  const [message, ...others] = await warnings(...forMinutes(60, [shop, blog]));
  expect(message).toMatch(
    /^For ten minutes the workers of the queues default, mailers have known different jobs: blog does not know InvoiceMailer\.invoice\. .*prefix: '…'/,
  );
  expect(others).toEqual([]);
});

it('reports both workers if each knows jobs of its own', async () => {
  expect(await warnings(...forMinutes(11, [shop, member('other', ['OtherJob'])]))).toHaveLength(2);
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
])('does not report %s', async (_, minutes) => expect(await warnings(...minutes)).toEqual([]));

describe('workers that have no job in common', () => {
  const of = (id: string, ...jobs: string[]): FleetMember => member(id, [...jobs, 'DeliverMail']);
  const importer = of('importer', 'CleanupJob', 'ImportJob', 'ReportJob', 'UserMailer.welcome');
  const feeder = of('feeder', 'FeedJob', 'PostJob', 'IndexJob', 'LoginMailer.code');

  it('are reported at once, and only once', async () => {
    const second = { ...feeder, id: 'second' };
    const [message, ...others] = await warnings(...forMinutes(60, [importer, feeder, second]));
    expect(message).toMatch(
      /^Two workers of the queues default, mailers have no job in common, .*: importer knows CleanupJob, ImportJob, ReportJob and 2 more; feeder knows FeedJob, .*prefix: '…'/,
    );
    expect(others).toEqual([]);
    expect(await warnings([importer, feeder])).toHaveLength(1);
  });

  it.each([
    ['one name in common', of('new', 'ReportJob', 'PostJob', 'FeedJob', 'IndexJob')],
    ['one mail in common', of('new', 'FeedJob', 'PostJob', 'IndexJob', 'UserMailer.welcome')],
    [
      'the code of a renamed class in common',
      of('new', 'RenamedCleanupJob', 'FeedJob', 'PostJob', 'IndexJob'),
    ],
    ['few classes', of('new', 'FeedJob', 'PostJob')],
    ['classes whose code is not recorded', of('new', 'X', 'Y', 'Z')],
    ['mails only', of('new', 'LoginMailer.code', 'LoginMailer.link', 'LoginMailer.done')],
    ['other queues', { ...feeder, queues: [{ name: 'default', concurrency: 1 }] }],
    ['no more jobs to take', { ...feeder, state: 'quiet' } as const],
    ['no heartbeat', { ...feeder, age: 2 * minute }],
  ])('wait for ten minutes with %s, as in a deploy', async (_, other) => {
    expect(await warnings(...forMinutes(10, [importer, other]))).toEqual([]);
  });
});

describe('workers of one build that know different jobs', () => {
  const started = { build: '1812-1795724958000', startedAt: 10 * minute };
  const one = member('one', ['CleanupJob', 'InvoiceMailer.invoice'], started);
  const other = member('other', ['CleanupJob'], { ...started, startedAt: 11 * minute });

  it.each([
    ['the first', [one, other]],
    ['the second', [other, one]],
    ['both', [one, { ...other, jobs: ['CleanupJob', 'FeedJob'] }]],
  ])('are reported at once, and only once, if %s knows more', async (_, members) => {
    const [message, ...others] = await warnings(...forMinutes(60, members));
    expect(message).toMatch(
      /^Two workers of the queues default, mailers run the same build, but know different jobs: .* does not know (InvoiceMailer\.invoice|FeedJob)\. .*prefix: '…'/,
    );
    expect(others).toEqual([]);
    expect(await warnings(members)).toHaveLength(1);
  });

  it.each<[string, Partial<FleetMember>]>([
    ['another build', { build: '1812-1795724959000' }],
    ['an unknown build', { build: undefined }],
    ['a start long after the other', { startedAt: 12 * minute }],
    ['another application', { app: 'blog' }],
    ['no recent heartbeat', { age: 15_000 }],
  ])('wait for ten minutes with %s, as in a deploy', async (_, difference) => {
    expect(await warnings(...forMinutes(10, [one, { ...other, ...difference }]))).toEqual([]);
  });
});
