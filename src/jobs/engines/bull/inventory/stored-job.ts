import { hasLegacyRepeatableKeyShape, type JobJson } from 'bullmq';
import { isObject, isText, isWithin } from '../../../values/readers.js';
import { isGarbled } from '../scripts/job-key.js';
import { repeatSettings } from '../connection/repeat-strategy.js';

/*
 * What BullMQ keeps of a job beside its data. Workers and lists judge it by the same rules: what is damaged in a list is
 * what a worker would not run. BullMQ itself checks none of it, and fails midway.
 */

const most = Number.MAX_VALUE;

/** Those that BullMQ computes with. A job does not fail at others. */
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

/** What is wrong with a job's options; undefined when nothing is. */
export function problemOfOptions(opts: unknown): string | undefined {
  if (!isObject(opts)) return 'its "opts" are not an object';
  for (const name in opts) {
    const value = opts[name];
    if (value !== undefined && options.get(name)?.(value) === false)
      return `its opts.${name} is of the wrong type`;
  }
  return undefined;
}

/** Where a parent of a flow is; BullMQ's scripts read it when its child has finished. */
export function problemOfParent(parent: unknown): string | undefined {
  if (parent === undefined) return undefined;
  const isSound =
    isObject(parent) &&
    isText(parent.id) &&
    isText(parent.queueKey) &&
    Object.values(parent).every((part) => typeof part !== 'object');
  return isSound ? undefined : 'its "parent" is not one of a flow';
}

/** Of a job that one of BullMQ's schedulers made, how the next one is made. */
function problemOfRepeat({ repeatJobKey, opts }: JobJson): string | undefined {
  if (!repeatJobKey || hasLegacyRepeatableKeyShape(repeatJobKey)) return undefined;
  const problem = `it belongs to the job scheduler "${repeatJobKey}", and its opts.repeat is not the timing of one`;
  const { repeat } = opts as { readonly repeat?: unknown };
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

/** What is wrong with a job that a worker has fetched; undefined when nothing is. Its data is read by `openEnvelope`. */
export function problemOfFetched(json: JobJson, id: string): string | undefined {
  if (isGarbled(id)) return 'its id is not UTF-8';
  // BullMQ would take it for the job's id.
  if (json.id !== undefined && json.id !== id) return 'it has a field "id" with another id than its own';
  // BullMQ loses a job whose priority it cannot compute with when it falls due again. A hash that is gone has none.
  if (Number.isNaN(json.priority) && isText(json.name)) return 'its "priority" is not a whole number';
  if (!isCounter(json.attemptsMade)) return 'its counter "atm" is not a whole number';
  if (!isCounter(json.attemptsStarted)) return 'its counter "ats" is not a whole number';
  if (!isCounter(json.stalledCounter)) return 'its counter "stc" is not a whole number';
  return problemOfOptions(json.opts) ?? problemOfParent(json.parent) ?? problemOfRepeat(json);
}

function isCounter(count: number | undefined): boolean {
  return count === undefined || Number.isSafeInteger(count);
}

/** A counter as Redis keeps one, if its scripts can count it up. */
export function isCounterText(text: string | undefined): boolean {
  return text === undefined || /^(0|-?[1-9]\d{0,14})$/.test(text);
}
