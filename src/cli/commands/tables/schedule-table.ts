import type { ScheduleState } from '../../../jobs/index.js';
import { humanDuration } from '../../../jobs/internals.js';
import type { Line, Painted } from '../../shell/output.js';
import { table, type Column } from '../../shell/table.js';
import { distance, moment, type TimeView } from '../../shell/times.js';

/** In milliseconds. A due run takes a moment to be enqueued, and clocks differ a little. */
const overdueAfter = 5_000;

export function scheduleTable(
  schedules: readonly ScheduleState[],
  { now, utc }: TimeView,
  width: number | undefined,
): Line[] {
  const columns: readonly Column<ScheduleState>[] = [
    { title: 'SCHEDULE', cell: ({ name }) => name },
    { title: 'NEXT', cell: (schedule) => nextOf(schedule, now) },
    { title: 'TIME', cell: ({ next }) => next && moment(next, utc), narrow: 'below' },
    { title: 'JOB', cell: ({ job }) => job, least: 12, narrow: 'below' },
    { title: 'QUEUE', cell: ({ queue }) => queue, least: 8, narrow: 'below' },
    { title: 'RULE', cell: ruleOf, least: 20, narrow: 'below' },
    { title: 'LAST', cell: ({ last }) => last && distance(last, now), narrow: 'below' },
    {
      title: 'MISSED',
      cell: ({ missed, damage }) => (damage === undefined ? missed : undefined),
      narrow: 'omit',
    },
    { title: 'MADE', cell: ({ runtime }) => (runtime ? 'at run time' : undefined), narrow: 'below' },
    { title: 'DAMAGE', cell: ({ damage }) => damage, least: 30, narrow: 'below' },
  ];
  return [...table(schedules, columns, width), ...adviceFor(schedules, now)];
}

function nextOf({ next, paused, damage }: ScheduleState, now: number): string | Painted {
  if (damage !== undefined) return { text: 'damaged', colour: 'red' };
  if (paused) return { text: 'paused', colour: 'yellow' };
  if (!next) return { text: 'not planned', colour: 'red' };
  return isOverdue(next, now)
    ? { text: `overdue, ${distance(next, now)}`, colour: 'red' }
    : distance(next, now);
}

function ruleOf({ cron, timezone, every }: ScheduleState): string | undefined {
  if (every !== undefined) return `every ${humanDuration(every)}`;
  return cron === undefined ? undefined : `${cron} (${timezone})`;
}

const isOverdue = (next: Date, now: number): boolean => now - next.getTime() >= overdueAfter;

function adviceFor(schedules: readonly ScheduleState[], now: number): string[] {
  const sound = schedules.filter(({ paused, damage }) => !paused && damage === undefined);
  return [
    ...(sound.some(({ next }) => !next)
      ? ['Not planned: no worker has planned the next run. Is a worker running?']
      : []),
    ...(sound.some(({ next }) => next && isOverdue(next, now))
      ? ['Overdue: is a worker of its queue running, and does it have a free slot?']
      : []),
  ];
}
