import { abortReasons, attemptPhases, type RunningJob } from '../../../store/attempt.js';
import { workerStates, type FleetMember, type WorkerState } from '../../../store/fleet.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import { isCount, isObject, isText, isTime, isWithin } from '../../../values/readers.js';

/**
 * A worker process's record in the store, as a member of the fleet. What cannot be read of it is empty or 0, and is named in
 * `damage`. Another program, or a later Fledge, may have written it.
 */
export function readMember(id: string, text: string, now: number): FleetMember {
  const { at, beat } = parsed(text);
  const fields = isObject(beat) ? beat : {};
  const damaged: string[] = [];
  const take = <T>(name: string, isSound: (value: unknown) => value is T, otherwise: T): T => {
    const value = fields[name];
    if (isSound(value)) return value;
    damaged.push(name);
    return otherwise;
  };
  const list = <T>(name: string, isSound: (value: unknown) => value is T): T[] => {
    const all: unknown = fields[name];
    if (!Array.isArray(all)) {
      damaged.push(name);
      return [];
    }
    const sound = all.filter(isSound);
    if (sound.length < all.length) damaged.push(name);
    return sound;
  };
  if (fields.id !== id) damaged.push('id');
  if (!isTime(at)) damaged.push('at');
  const member: FleetMember = {
    id,
    host: take('host', isText, ''),
    pid: take('pid', isCount, 0),
    version: take('version', isText, ''),
    startedAt: take('startedAt', isTime, 0),
    // One that takes no jobs: nothing is known of a process without a state.
    state: take('state', isState, 'stopped'),
    queues: list('queues', isPlan),
    jobs: list('jobs', isText),
    concurrency: take('concurrency', isQuantity, 0),
    busy: take('busy', isQuantity, 0),
    running: list('running', isRunning),
    rss: take('rss', isQuantity, 0),
    loopDelay: take('loopDelay', isQuantity, 0),
    roundTrip: take('roundTrip', isQuantity, 0),
    age: isTime(at) ? Math.max(0, now - at) : Infinity,
  };
  if (damaged.length === 0) return member;
  const what = isObject(beat) ? `cannot be read: ${damaged.join(', ')}` : 'is not what a worker writes';
  return { ...member, damage: `its record in the store ${what}` };
}

function parsed(text: string): { readonly at?: unknown; readonly beat?: unknown } {
  try {
    const record: unknown = JSON.parse(text);
    return isObject(record) ? record : {};
  } catch {
    return {};
  }
}

function isQuantity(value: unknown): value is number {
  return isWithin(value, 0, Number.MAX_VALUE);
}

function isState(value: unknown): value is WorkerState {
  return workerStates.some((state) => state === value);
}

function isPlan(value: unknown): value is QueuePlan {
  return isObject(value) && isText(value.name) && isQuantity(value.concurrency);
}

function isRunning(value: unknown): value is RunningJob {
  if (!isObject(value)) return false;
  const { id, name, queue, attempt, since, phase, aborted, abortedAt } = value;
  return (
    [id, name, queue].every(isText) &&
    isCount(attempt) &&
    isTime(since) &&
    attemptPhases.some((known) => known === phase) &&
    (aborted === undefined || abortReasons.some((known) => known === aborted)) &&
    (abortedAt === undefined || isTime(abortedAt))
  );
}
