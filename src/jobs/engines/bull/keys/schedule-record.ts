import { openEnvelope } from '../../../store/envelope.js';
import { isMissedTicks, isTiming } from '../../../job/schedule/timing.js';
import { schedulerIdOf } from '../../../job/schedule/tick.js';
import type { DamagedSchedule, PlannedSchedule, Schedule } from '../../../store/timetable.js';
import { isObject, isText, isTime, isWithin } from '../../../values/readers.js';
import type { ScheduleRow } from '../scripts/schedules/read-schedules-scripts.js';
import { isQueueName } from './find-queues.js';

/** A schedule with the fingerprint that its record has. */
export interface StoredSchedule extends PlannedSchedule {
  /** False if its job scheduler has another fingerprint. */
  readonly isCurrent: boolean;
}

/** Reads a schedule. Its fingerprint is empty if its job scheduler has another one. */
export function readSchedule(row: ScheduleRow): PlannedSchedule | DamagedSchedule {
  const stored = readStored(row);
  if ('damage' in stored) return stored;
  const { isCurrent, ...schedule } = stored;
  return isCurrent ? schedule : { ...schedule, fingerprint: '' };
}

/**
 * Reads a schedule's record. Another program or a later Fledge may have written it. Then the schedule counts as damaged, and
 * the record stays as it is.
 */
export function readStored([name, text, isCurrent, paused, next, last, isRuntime]: ScheduleRow):
  StoredSchedule | DamagedSchedule {
  const record = parsed(text);
  const runtime = isRuntime === 1 ? { runtime: true as const } : {};
  if (record === undefined) return { ...damaged(name, 'is not JSON'), ...runtime };
  const schedule = scheduleFrom(record, name);
  if (typeof schedule === 'string') return { ...damaged(name, `cannot be read: ${schedule}`), ...runtime };
  return {
    ...schedule,
    ...runtime,
    isCurrent: isCurrent === 1,
    paused: paused === 1,
    next: timeOf(next),
    last: timeOf(last),
  };
}

/** Returns the schedule, or the name of the first field that Fledge cannot have written. */
function scheduleFrom(record: Readonly<Record<string, unknown>>, name: string): Schedule | string {
  const { job, queue, fingerprint, timing, missed, attempts, priority } = record;
  const envelope = openEnvelope(record.envelope);
  if (record.name !== name) return 'name';
  if (!isText(job)) return 'job';
  if (!isText(queue) || !isQueueName(queue)) return 'queue';
  if (!isText(fingerprint)) return 'fingerprint';
  if (!isTiming(timing)) return 'timing';
  if (!isMissedTicks(missed)) return 'missed';
  if (envelope.state !== 'sound') return 'envelope';
  if (!isWithin(attempts, 1, Number.MAX_VALUE)) return 'attempts';
  if (priority !== undefined && !isWithin(priority, 1, Number.MAX_VALUE)) return 'priority';
  if (record.scheduler !== schedulerIdOf(name)) return 'scheduler';
  const known = {
    name,
    job,
    queue,
    fingerprint,
    timing,
    missed,
    envelope: envelope.envelope,
    attempts,
    priority,
  };
  return record.disabled === true ? { ...known, disabled: true } : known;
}

function damaged(name: string, problem: string): DamagedSchedule {
  return { name, damage: `its record in the store ${problem}` };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const record: unknown = JSON.parse(text);
    return isObject(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(text: string): number | undefined {
  const time = Number(text);
  return text !== '' && isTime(time) ? time : undefined;
}
