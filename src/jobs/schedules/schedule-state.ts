import type { MissedTicks } from '../job/schedule/timing.js';
import type { DamagedSchedule, PlannedSchedule } from '../store/timetable.js';

/** A schedule, as shown to people. */
export interface ScheduleState {
  readonly name: string;
  /** The name of the job that it runs. */
  readonly job: string;
  readonly queue: string;
  readonly cron?: string;
  /** The time zone of `cron`. */
  readonly timezone?: string;
  /** The time between two ticks in milliseconds, if there is no `cron`. */
  readonly every?: number;
  readonly missed: MissedTicks;
  readonly paused: boolean;
  /** Set for a schedule that was made at run time, with `JobsService.schedules.upsert`. */
  readonly runtime?: true;
  /** When it is planned to run next. Undefined while it is paused, or until a worker has planned it. */
  readonly next?: Date;
  /** The tick that started last, if it is known. */
  readonly last?: Date;
  /** The reason why its record in the store cannot be used. Only its name is known then. */
  readonly damage?: string;
}

const nothingKnown = { job: '(not known)', queue: '(not known)', missed: 'skip', paused: false } as const;

export function stateOf(schedule: PlannedSchedule | DamagedSchedule): ScheduleState {
  if ('damage' in schedule) return { ...nothingKnown, ...schedule };
  const { name, job, queue, timing, missed, paused, runtime, next, last } = schedule;
  return {
    name,
    job,
    queue,
    ...timing,
    missed,
    paused,
    ...(runtime && { runtime }),
    ...(next !== undefined && { next: new Date(next) }),
    ...(last !== undefined && { last: new Date(last) }),
  };
}
