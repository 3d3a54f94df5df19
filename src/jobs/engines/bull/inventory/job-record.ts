import { damagedJob, openEnvelope } from '../../../store/envelope.js';
import { foreignJob, noName } from '../../../store/foreign-job.js';
import type { JobRecord, JobState } from '../../../store/inventory.js';
import { unlimited } from '../../../job/retry/policy.js';
import { readStoredError, type StoredError } from '../../../values/stored-error.js';
import { isDeeperThan, isObject, isText, isTexts, isTime } from '../../../values/readers.js';
import { jobFields, putOffField, type Place, type RawJob } from '../scripts/raw-job.js';
import { isCounterText, problemOfOptions, problemOfParent } from './stored-job.js';

/** The score of a delayed job is the time when it is due, multiplied by this. */
const scorePerMillisecond = 0x1000;
/** JSON that is nested deeper cannot be written again, and is not shown. */
const mostLevels = 1_000;

type Fields = { [Name in (typeof jobFields)[number]]?: string | undefined };

/** Reads a job. Leaves out what is damaged, and names it in `damage`. Never throws. */
export function jobRecord(queue: string, place: Place, raw: RawJob): JobRecord {
  const [id, score, , failure] = raw;
  const fields = fieldsOf(raw);
  const problems = failure === undefined ? [] : ['its key is not a hash'];
  const json = readerOf(fields, problems);
  const data = json('data');
  const envelope = isObject(data) ? data : {};
  const { attempts, delay } = readOptions(json('opts'), problems);
  const attempt = readCounters(fields, problems);
  const parent = json('parent');
  problems.push(...optional(problemOfParent(parent)));
  // BullMQ writes null for a job without a result.
  const result = json('returnvalue') ?? undefined;
  const progress = json('progress');
  const enqueuedAt = numberOf(fields.timestamp);
  const isPutOff = isPutOffUntil(score, fields[putOffField]);
  return withoutUndefined<JobRecord>({
    id,
    name: fields.name ?? noName,
    subject: isText(envelope.subject) ? envelope.subject : undefined,
    queue,
    state: stateIn(place, attempt),
    paused: isPutOff || undefined,
    damage: damageOf(fields, failure, data, problems),
    payload: envelope.payload,
    meta: isTexts(envelope.meta) ? envelope.meta : {},
    attempt,
    attempts: attempts >= unlimited ? Infinity : attempts,
    priority: positive(numberOf(fields.priority)),
    enqueuedAt: dateOf(enqueuedAt),
    dueAt: dateOf(dueAtOf(isPutOff ? undefined : place, score, envelope.dueAt, enqueuedAt, delay)),
    startedAt: dateOf(numberOf(fields.processedOn)),
    finishedAt: dateOf(numberOf(fields.finishedOn)),
    error: errorOf(fields, envelope.error, json('stacktrace')),
    result,
    progress,
    schedule: scheduleOf(fields, envelope.tick),
  });
}

function fieldsOf([, , values]: RawJob): Fields {
  const fields: Fields = {};
  for (const [i, name] of jobFields.entries()) fields[name] = values[i] ?? undefined;
  return fields;
}

/**
 * Returns a function that reads a field as JSON. For a field that is not JSON, or is nested too deep, it returns undefined and
 * adds a problem.
 */
function readerOf(fields: Fields, problems: string[]): (name: keyof Fields) => unknown {
  return (name) => {
    const text = fields[name];
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      // Each level takes two characters, so most records are too short to need a check.
      if (text.length < 2 * mostLevels || !isDeeperThan(mostLevels, value)) return value;
      problems.push(`its "${name}" is nested deeper than ${mostLevels} levels`);
    } catch {
      // Another program's worker may write its result or stack as text. The job does not depend on them.
      if (!mayBeText.has(name)) problems.push(`its "${name}" is not JSON`);
    }
    return undefined;
  };
}

const mayBeText: ReadonlySet<keyof Fields> = new Set(['returnvalue', 'stacktrace']);

function readOptions(opts: unknown, problems: string[]): { attempts: number; delay: number } {
  const usual = { attempts: 1, delay: 0 };
  // BullMQ treats a list or a number as no options.
  if (opts !== null && !isObject(opts)) return usual;
  const problem = problemOfOptions(opts);
  if (problem !== undefined || !isObject(opts)) {
    problems.push(...optional(problem));
    return usual;
  }
  const { attempts = usual.attempts, delay = usual.delay } = opts;
  return { attempts: Number(attempts), delay: Number(delay) };
}

/** @returns how many attempts were made */
function readCounters(fields: Fields, problems: string[]): number {
  for (const name of ['ats', 'atm', 'stc'] as const)
    if (!isCounterText(fields[name])) problems.push(`its counter "${name}" is not a whole number`);
  return isCounterText(fields.atm) ? Math.max(0, Number(fields.atm ?? 0)) : 0;
}

function stateIn(place: Place, attempt: number): JobState {
  switch (place) {
    case 'wait':
    case 'prioritized':
      return 'waiting';
    case 'delayed':
      return attempt > 0 ? 'retrying' : 'scheduled';
    case 'failed':
      return 'dead';
    case 'active':
      return 'running';
    case 'completed':
      return place;
  }
}

function damageOf(
  fields: Fields,
  failure: string | undefined,
  data: unknown,
  problems: readonly string[],
): string | undefined {
  if (failure === undefined && Object.values(fields).every((value) => value === undefined)) {
    return 'only its id is left, because it was evicted or deleted. It can only be discarded';
  }
  if (problems.length > 0) return damagedJob(problems.join('; ')).message;
  const opened = openEnvelope(data);
  if (opened.state === 'foreign')
    return foreignJob({ name: fields.name ?? noName, scheduler: fields.rjk }).message;
  return opened.state === 'damaged' ? opened.error.message : undefined;
}

/** Returns whether it is a pause that put off a job until the time of this score. */
function isPutOffUntil(score: string, noted: string | undefined): boolean {
  return noted !== undefined && Number.parseInt(noted, 10) === timeOf(score);
}

/** Returns the time until which a job is delayed, in milliseconds since 1970. */
function timeOf(score: string): number {
  return Math.floor(Number(score) / scorePerMillisecond);
}

/** @param place undefined for a job that a pause has put off: it was due before */
function dueAtOf(
  place: Place | undefined,
  score: string,
  notedAt: unknown,
  enqueuedAt: number | undefined,
  delay: number,
): number | undefined {
  if (place === 'delayed') return timeOf(score);
  if (isTime(notedAt)) return notedAt;
  return enqueuedAt === undefined ? undefined : enqueuedAt + delay;
}

/** Returns the error that Fledge noted. For a job that BullMQ or another program failed, BullMQ's own fields. */
function errorOf({ failedReason }: Fields, noted: unknown, stacks: unknown): StoredError | undefined {
  const error = readStoredError(noted);
  if (error) return error;
  if (failedReason === undefined) return undefined;
  const last: unknown = Array.isArray(stacks) ? stacks.at(-1) : undefined;
  return { name: 'Error', message: failedReason, ...(isText(last) ? { stack: last } : {}) };
}

/** Returns the schedule's name. For another program's job, the id of BullMQ's job scheduler. */
function scheduleOf({ rjk }: Fields, tick: unknown): string | undefined {
  return isObject(tick) && isText(tick.schedule) ? tick.schedule : rjk;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? undefined : value;
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function dateOf(time: number | undefined): Date | undefined {
  return isTime(time) ? new Date(time) : undefined;
}

const optional = (problem: string | undefined): string[] => (problem === undefined ? [] : [problem]);

function withoutUndefined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
