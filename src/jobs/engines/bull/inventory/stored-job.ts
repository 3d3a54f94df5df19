import { hasLegacyRepeatableKeyShape, type JobJson } from 'bullmq';
import { isObject, isText, isWithin } from '../../../values/readers.js';
import { isGarbled } from '../scripts/job-key.js';
import { repeatSettings } from '../connection/repeat-strategy.js';

/*
 * BullMQ stores more about a job than its data. Workers and lists judge it by the same rules: a worker does not run a job that
 * a list shows as damaged. BullMQ itself checks nothing, and fails midway.
 */

const most = Number.MAX_VALUE;

/** The options that BullMQ computes with. A job does not fail at others. */
const options: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['attempts', isQuantity],
  ['delay', isQuantity],
  ['priority', isQuantity],
  ['timestamp', isQuantity],
  ['stackTraceLimit', isQuantity],
  ['removeOnComplete', isKeep],
  ['removeOnFail', isKeep],
  ['deduplication', isObject],
  ['parent', (value: unknown) => isObject(value) && isText(value.id) && isText(value.queue)],
]);

function isQuantity(value: unknown): boolean {
  return isWithin(value, 0, most);
}

function isKeep(value: unknown): boolean {
  if (typeof value === 'boolean' || isWithin(value, -1, most)) return true;
  if (!isObject(value)) return false;
  const { age, count, limit } = value;
  return [age, count, limit].every((part) => part === undefined || isWithin(part, -1, most));
}

/** Returns what is wrong with a job's options, or undefined. */
export function problemOfOptions(opts: unknown): string | undefined {
  if (!isObject(opts)) return 'its "opts" are not an object';
  for (const name in opts) {
    const value = opts[name];
    if (value !== undefined && options.get(name)?.(value) === false)
      return `its opts.${name} is of the wrong type`;
  }
  return undefined;
}

/** Checks the parent of a job in a flow. BullMQ's scripts read it when the job has finished. */
export function problemOfParent(parent: unknown): string | undefined {
  if (parent === undefined) return undefined;
  const isSound =
    isObject(parent) &&
    isText(parent.id) &&
    isText(parent.queueKey) &&
    Object.values(parent).every((part) => typeof part !== 'object');
  return isSound ? undefined : 'its "parent" is not the parent of a flow';
}

/** Checks the timing of a job that one of BullMQ's job schedulers made. The next job depends on it. */
function problemOfRepeat({ repeatJobKey, opts }: JobJson): string | undefined {
  if (!repeatJobKey || hasLegacyRepeatableKeyShape(repeatJobKey)) return undefined;
  const problem = `it belongs to the job scheduler "${repeatJobKey}", and its opts.repeat is not a timing`;
  const repeat = isObject(opts) ? opts.repeat : undefined;
  if (!isObject(repeat) || Object.hasOwn(opts, 'debounce')) return problem;
  const { every, pattern, immediately, startDate } = repeat;
  if (Boolean(every) === Boolean(pattern) || (immediately && startDate)) return problem;
  if (every) return isWithin(every, 1, most) ? undefined : problem;
  try {
    repeatSettings.repeatStrategy(Date.now(), repeat);
    return isText(pattern) ? undefined : problem;
  } catch {
    return problem;
  }
}

/** Returns what is wrong with a job that a worker has fetched, or undefined. `openEnvelope` checks its data. */
export function problemOfFetched(json: JobJson, id: string): string | undefined {
  if (isGarbled(id)) return 'its id is not UTF-8';
  // BullMQ would use it as the job's id.
  if (json.id !== undefined && json.id !== id) return 'its field "id" is not its own id';
  // BullMQ loses a job with an invalid priority when it is due again. A hash that is gone has no name and no priority.
  if (Number.isNaN(json.priority) && isText(json.name)) return 'its "priority" is not a whole number';
  if (!isCounter(json.attemptsMade)) return 'its counter "atm" is not a whole number';
  if (!isCounter(json.attemptsStarted)) return 'its counter "ats" is not a whole number';
  if (!isCounter(json.stalledCounter)) return 'its counter "stc" is not a whole number';
  return problemOfOptions(json.opts) ?? problemOfParent(json.parent) ?? problemOfRepeat(json);
}

function isCounter(count: number | undefined): boolean {
  return count === undefined || Number.isSafeInteger(count);
}

/** Returns whether a counter in Redis is one that scripts can increase. */
export function isCounterText(text: string | undefined): boolean {
  return text === undefined || /^(0|-?[1-9]\d{0,14})$/.test(text);
}
