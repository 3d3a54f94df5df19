import { abortReasons, attemptPhases, type RunningJob } from '../../../store/attempt.js';
import { workerStates, type Beat, type FleetMember, type WorkerState } from '../../../store/fleet.js';
import type { QueuePlan } from '../../../store/queue-plan.js';
import { isCount, isObject, isText, isTime, isWithin } from '../../../values/readers.js';

/** Reads fields of a record and collects the names of the damaged ones. */
class FieldReader {
  private readonly damagedFields = new Set<string>();

  constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

  get damaged(): readonly string[] {
    return [...this.damagedFields];
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined;
  }

  /** Returns the field, or `otherwise` if it is damaged. */
  one<T>(name: string, isSound: (value: unknown) => value is T, otherwise: T): T {
    const value = this.fields[name];
    if (isSound(value)) return value;
    this.damagedFields.add(name);
    return otherwise;
  }

  /** Returns undefined for a field that is not there. Earlier versions of Fledge do not write it. */
  optional<T>(name: string, isSound: (value: unknown) => value is T): T | undefined {
    return this.fields[name] === undefined ? undefined : this.one<T | undefined>(name, isSound, undefined);
  }

  /** Returns the sound items of a field that is a list. */
  list<T>(name: string, isSound: (value: unknown) => value is T): T[] {
    const all = this.fields[name];
    const sound = Array.isArray(all) ? all.filter(isSound) : [];
    if (!Array.isArray(all) || sound.length < all.length) this.damagedFields.add(name);
    return sound;
  }

  require(name: string, isSound: boolean): void {
    if (!isSound) this.damagedFields.add(name);
  }
}

/**
 * Reads a worker process's record in the store as a member of the fleet. Fields that cannot be read are empty or 0, and
 * `damage` names them. Another program or a later Fledge may have written the record.
 */
export function readMember(id: string, text: string, now: number): FleetMember {
  const { at, beat } = parsed(text);
  const reader = new FieldReader(isObject(beat) ? beat : {});
  reader.require('id', isObject(beat) && beat.id === id);
  reader.require('at', isTime(at));
  const member: FleetMember = { ...readBeat(id, reader), age: isTime(at) ? Math.max(0, now - at) : Infinity };
  if (reader.damaged.length === 0) return member;
  const problem = isObject(beat)
    ? `cannot be read: ${reader.damaged.join(', ')}`
    : 'was not written by a Fledge worker';
  return { ...member, damage: `its record in the store ${problem}` };
}

function readBeat(id: string, reader: FieldReader): Beat {
  const app = reader.optional('app', isText);
  const appSet = reader.optional('appSet', isBoolean);
  const build = reader.optional('build', isText);
  const catalog = reader.optional('catalog', isText);
  return {
    id,
    host: reader.one('host', isText, ''),
    pid: reader.one('pid', isCount, 0),
    ...(app === undefined ? {} : { app }),
    ...(appSet === undefined ? {} : { appSet }),
    ...(build === undefined ? {} : { build }),
    version: reader.one('version', isText, ''),
    startedAt: reader.one('startedAt', isTime, 0),
    // A process without a readable state counts as one that takes no jobs.
    state: reader.one('state', isState, 'stopped'),
    queues: reader.list('queues', isPlan),
    ...(reader.has('others') ? { others: reader.list('others', isPlan) } : {}),
    jobs: reader.list('jobs', isText),
    ...(catalog === undefined ? {} : { catalog }),
    concurrency: reader.one('concurrency', isQuantity, 0),
    busy: reader.one('busy', isQuantity, 0),
    running: reader.list('running', isRunning),
    rss: reader.one('rss', isQuantity, 0),
    loopDelay: reader.one('loopDelay', isQuantity, 0),
    roundTrip: reader.one('roundTrip', isQuantity, 0),
  };
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

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isState(value: unknown): value is WorkerState {
  return workerStates.some((state) => state === value);
}

function isPlan(value: unknown): value is QueuePlan {
  return isObject(value) && isText(value.name) && isQuantity(value.concurrency);
}

function isRunning(value: unknown): value is RunningJob {
  if (!isObject(value)) return false;
  const { id, name, queue, subject, attempt, since, phase, aborted, abortedAt } = value;
  return (
    [id, name, queue].every(isText) &&
    (subject === undefined || isText(subject)) &&
    isCount(attempt) &&
    isTime(since) &&
    attemptPhases.some((known) => known === phase) &&
    (aborted === undefined || abortReasons.some((known) => known === aborted)) &&
    (abortedAt === undefined || isTime(abortedAt))
  );
}
