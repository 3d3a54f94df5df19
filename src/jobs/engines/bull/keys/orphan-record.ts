import { isTickNote, schedulerIdOf } from '../../../job/schedule/tick.js';
import type { Orphan } from '../../../store/timetable.js';
import { isObject, isText } from '../../../values/readers.js';
import type { OrphanRow } from '../scripts/schedules/orphans-script.js';

/**
 * Reads a job scheduler that no record names.
 * @returns undefined if it is not Fledge's own. The application may have made one whose id begins with `fledge-`
 */
export function readOrphan(queue: string, [id, job, data, opts]: OrphanRow): Orphan | undefined {
  const { tick } = fieldsOf(data);
  const { fingerprint } = fieldsOf(opts);
  if (!isText(fingerprint) || !isTickNote(tick) || schedulerIdOf(tick.schedule) !== id) return undefined;
  return { name: tick.schedule, job, queue, timing: tick.timing };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(text);
    return isObject(fields) ? fields : {};
  } catch {
    return {};
  }
}
