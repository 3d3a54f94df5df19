import { expect, it } from 'vitest';
import { until } from '../../../../test/support/until.js';
import { defaultRetention } from '../../config/retention.js';
import type { Timing } from '../../job/schedule/timing.js';
import { tickOf } from '../../job/schedule/tick.js';
import type { Schedule } from '../../store/timetable.js';
import type { Clock } from './queue/clock.js';
import { MemoryStore } from './memory-store.js';

/** A clock that a test moves. */
class HeldClock implements Clock {
  private readonly wakes = new Set<{ readonly time: number; readonly callback: () => void }>();

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  wakeAt(time: number, callback: () => void): () => void {
    const wake = { time, callback };
    this.wakes.add(wake);
    return () => this.wakes.delete(wake);
  }

  set(time: number): void {
    this.time = time;
    for (const wake of this.wakes) {
      if (wake.time > time) continue;
      this.wakes.delete(wake);
      wake.callback();
    }
  }
}

function scheduleOf(timing: Timing, name = 'report'): Schedule {
  const envelope = { v: 1, tick: { schedule: name, timing, missed: 'skip' } } as const;
  const rest = { missed: 'skip', attempts: 1, priority: undefined, fingerprint: 'x' } as const;
  return { name, job: 'ReportJob', queue: 'default', timing, envelope, ...rest };
}

/** A memory store whose worker notes each tick; with a clock that goes from tick to tick. */
async function working(
  timing: Timing,
  from: string,
): Promise<{ ticks: string[]; goOn: () => Promise<void> }> {
  const clock = new HeldClock(Date.parse(from));
  const store = new MemoryStore(defaultRetention, clock);
  const ticks: string[] = [];
  await store.timetable.plan(scheduleOf(timing));
  const worker = [{ name: 'default', concurrency: 1 }];
  await store.work(worker, async ({ job }) => {
    ticks.push(new Date(tickOf(job.id)!.at).toISOString());
    return { kind: 'completed', result: undefined };
  });
  const goOn = async (): Promise<void> => {
    const before = ticks.length;
    clock.set((await store.timetable.list())[0]!.next!);
    await until('the tick has run', () => ticks.length > before);
  };
  return { ticks, goOn };
}

it('runs a daily job once on days with a clock change, and at the same local hour before and after', async () => {
  const daily = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
  const spring = await working(daily, '2026-03-28T00:00:00Z');
  for (let i = 0; i < 3; i++) await spring.goOn();
  expect(spring.ticks).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
  const autumn = await working(daily, '2026-10-24T00:00:00Z');
  for (let i = 0; i < 3; i++) await autumn.goOn();
  expect(autumn.ticks).toEqual([
    '2026-10-24T00:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

it('runs an hourly job 25 times on a day with 25 hours', async () => {
  const { ticks, goOn } = await working(
    { cron: '0 * * * *', timezone: 'Europe/Berlin' },
    '2026-10-24T21:30:00Z',
  );
  for (let i = 0; i < 25; i++) await goOn();
  const hours = ticks.map((tick) => Date.parse(tick) / 3_600_000);
  expect(hours.map((hour) => hour - hours[0]!)).toEqual(Array.from({ length: 25 }, (_, i) => i));
});

it('keeps a due tick when its schedule changes, and drops it when the schedule is removed or paused', async () => {
  const clock = new HeldClock(500);
  const store = new MemoryStore(defaultRetention, clock);
  const { timetable } = store;
  const names = ['changed', 'removed', 'paused'];
  for (const name of names) await timetable.plan(scheduleOf({ every: 1_000 }, name));
  clock.set(1_200);
  await timetable.plan(scheduleOf({ every: 5_000 }, 'changed'));
  await timetable.remove('removed', 'declared');
  await timetable.pause('paused');
  const ran: string[] = [];
  await store.work([{ name: 'default', concurrency: 1 }], async ({ job }) => {
    ran.push(job.id);
    return { kind: 'completed', result: undefined };
  });
  clock.set(4_999);
  await until('the due tick has run', () => ran.length > 0);
  clock.set(5_000);
  await until('the next one has run', () => ran.length > 1);
  expect(ran).toEqual(['repeat:fledge-changed:1000', 'repeat:fledge-changed:5000']);
  await timetable.resume('paused');
  expect(await timetable.list()).toMatchObject([
    { name: 'changed', next: 10_000 },
    { name: 'paused', next: 6_000 },
  ]);
});
