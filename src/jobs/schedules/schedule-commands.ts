import { FledgeError } from '../values/errors.js';
import { newJobId } from '../values/job-id.js';
import { unknownName } from '../values/did-you-mean.js';
import type { JobReceipt } from '../job/receipt.js';
import type { MissedTicks } from '../job/schedule/timing.js';
import type { Store } from '../store/store.js';
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
  /** When it is planned to run next. Undefined while it is paused, or until a worker has planned it. */
  readonly next?: Date;
  /** The tick that started last, if it is known. */
  readonly last?: Date;
  /** The reason why its record in the store cannot be used. Only its name is known then. */
  readonly damage?: string;
}

/**
 * Lists all schedules in the store, ordered by name.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listSchedules({ timetable }: Store): Promise<ScheduleState[]> {
  const [sound, damaged] = await Promise.all([timetable.list(), timetable.damaged()]);
  const states = [
    ...sound.map(({ name, job, queue, timing, missed, paused, next, last }): ScheduleState => ({
      name,
      job,
      queue,
      ...timing,
      missed,
      paused,
      ...(next !== undefined && { next: new Date(next) }),
      ...(last !== undefined && { last: new Date(last) }),
    })),
    ...damaged.map((record): ScheduleState => ({ ...nothingKnown, ...record })),
  ];
  return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const nothingKnown = { job: '(not known)', queue: '(not known)', missed: 'skip', paused: false } as const;

/** @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…` */
export async function pauseSchedule(store: Store, name: string): Promise<void> {
  await find(store, name);
  await store.timetable.pause(name);
}

/** @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…` */
export async function resumeSchedule(store: Store, name: string): Promise<void> {
  await find(store, name);
  await store.timetable.resume(name);
}

/**
 * Enqueues a schedule's job now, with its payload. The job is not a tick, and the schedule's ticks don't change.
 * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
 */
export async function runSchedule(store: Store, name: string): Promise<JobReceipt> {
  const { job, queue, envelope, priority, attempts } = await find(store, name);
  const { tick: _, ...rest } = envelope;
  const id = newJobId();
  const added = await store.add({
    id,
    repeated: false,
    name: job,
    queue,
    envelope: rest,
    delay: 0,
    priority,
    attempts,
    unique: undefined,
  });
  if (added.status === 'failed') throw added.error;
  return { id, name: job, queue, status: 'enqueued' };
}

async function find({ timetable }: Store, name: string): Promise<PlannedSchedule> {
  const schedules = await timetable.list();
  const found = schedules.find((schedule) => schedule.name === name);
  if (found) return found;
  const broken = (await timetable.damaged()).find((record) => record.name === name);
  if (broken) throw isDamaged(broken);
  const names = schedules.map((schedule) => schedule.name);
  const none = names.length === 0 ? ' The store has no schedules.' : '';
  throw new FledgeError(
    'FLEDGE_SCHEDULE_UNKNOWN',
    `${unknownName('schedule', name, names)}${none} Workers write the schedules that the code declares to the store when they start.`,
  );
}

function isDamaged({ name, damage }: DamagedSchedule): FledgeError {
  return new FledgeError(
    'FLEDGE_SCHEDULE_UNKNOWN',
    `The schedule "${name}" cannot be used: ${damage}. Start a worker whose code declares the schedule. It writes the record again within 15 s.`,
  );
}
