import { openEnvelope } from '../../../store/envelope.js';
import { isMissedTicks, isTiming } from '../../../job/schedule/timing.js';
import { schedulerIdOf } from '../../../job/schedule/tick.js';
import type { DamagedSchedule, PlannedSchedule } from '../../../store/timetable.js';
import { isObject, isText, isTime, isWithin } from '../../../values/readers.js';
import { isQueueName } from './find-queues.js';

/** A schedule as the script lists it. */
export type ScheduleRow = [
  name: string,
  text: string,
  isCurrent: number,
  paused: number,
  next: string,
  last: string,
];

/** A schedule's record in the store. Another program, or a later Fledge, may have written it: then it is left alone. */
export function readSchedule([name, text, isCurrent, paused, next, last]: ScheduleRow):
  PlannedSchedule | DamagedSchedule {
  const record = parsed(text);
  if (record === undefined) return damaged(name, 'is not JSON');
  const { scheduler, ...schedule } = record;
  const problem = problemOf(name, record);
  if (problem !== undefined || scheduler !== schedulerIdOf(name))
    return damaged(name, `cannot be read: ${problem ?? 'scheduler'}`);
  const known = schedule as unknown as PlannedSchedule;
  return {
    ...known,
    fingerprint: isCurrent === 1 ? known.fingerprint : '',
    paused: paused === 1,
    next: timeOf(next),
    last: timeOf(last),
  };
}

/** The first field that is not what Fledge writes. */
function problemOf(name: string, record: Readonly<Record<string, unknown>>): string | undefined {
  const { job, queue, fingerprint, timing, missed, envelope, attempts, priority } = record;
  const checks = {
    name: record.name === name,
    job: isText(job),
    queue: isText(queue) && isQueueName(queue),
    fingerprint: isText(fingerprint),
    timing: isTiming(timing),
    missed: isMissedTicks(missed),
    envelope: openEnvelope(envelope).state === 'sound',
    attempts: isWithin(attempts, 1, Number.MAX_VALUE),
    priority: priority === undefined || isWithin(priority, 1, Number.MAX_VALUE),
  };
  return Object.entries(checks).find(([, isSound]) => !isSound)?.[0];
}

function damaged(name: string, what: string): DamagedSchedule {
  return { name, damage: `its record in the store ${what}` };
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
