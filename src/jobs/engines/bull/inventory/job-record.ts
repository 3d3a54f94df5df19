import { damagedJob, openEnvelope } from '../../../store/envelope.js';
import type { JobRecord, JobState } from '../../../store/inventory.js';
import { unlimited } from '../../../job/retry/policy.js';
import { readStoredError, type StoredError } from '../../../values/stored-error.js';
import { isDeeperThan, isObject, isText, isTexts, isTime } from '../../../values/readers.js';
import { jobFields } from '../scripts/inventory-scripts.js';
import type { Place, RawJob } from '../scripts/raw-job.js';
import { isCounterText, problemOfOptions, problemOfParent } from './stored-job.js';

/** Delayed jobs are ordered by the time when they are due, times this. */
const turnsOfMillisecond = 0x1000;
/** What is nested deeper cannot be written as JSON again, and is not shown. */
const mostLevels = 1_000;

type Fields = Partial<Record<(typeof jobFields)[number], string>>;

/** What is known of a job. What is damaged is left out, and named in `damage`; never an exception. */
export function jobRecord(queue: string, place: Place, [id, score, values, trouble]: RawJob): JobRecord {
  const fields = Object.fromEntries(jobFields.map((name, i) => [name, values[i] ?? undefined])) as Fields;
  const problems = trouble === undefined ? [] : ['its key is not a hash'];
  const json = readerOf(fields, problems);
  const data = json('data');
  const envelope = isObject(data) ? data : {};
  const { attempts, delay } = readOptions(json('opts'), problems);
  const attempt = readCounters(fields, problems);
  const parent = json('parent');
  problems.push(...optional(problemOfParent(parent)));
  const result = json('returnvalue');
  const progress = json('progress');
  const enqueuedAt = numberOf(fields.timestamp);
  return withoutUndefined<JobRecord>({
    id,
    name: fields.name ?? '(no name)',
    queue,
    state: stateIn(place, attempt),
    damage: damageOf(fields, trouble, data, problems),
    payload: envelope.payload,
    meta: isTexts(envelope.meta) ? envelope.meta : {},
    attempt,
    attempts: attempts >= unlimited ? Infinity : attempts,
    priority: positive(numberOf(fields.priority)),
    enqueuedAt: dateOf(enqueuedAt),
    dueAt: dateOf(dueAtOf(place, score, envelope.dueAt, enqueuedAt, delay)),
    startedAt: dateOf(numberOf(fields.processedOn)),
    finishedAt: dateOf(numberOf(fields.finishedOn)),
    error: errorOf(fields, envelope.error, json('stacktrace')),
    result,
    progress,
    schedule: scheduleOf(fields, envelope.tick),
  });
}

/** The fields of a job that are JSON. One that is not, or is nested too deep, is undefined and a problem. */
function readerOf(fields: Fields, problems: string[]): (name: keyof Fields) => unknown {
  return (name) => {
    const text = fields[name];
    if (text === undefined) return undefined;
    try {
      const value: unknown = JSON.parse(text);
      // Each level takes two characters: most records are too short to be looked at.
      if (text.length < 2 * mostLevels || !isDeeperThan(mostLevels, value)) return value;
      problems.push(`its "${name}" is nested deeper than ${mostLevels} levels`);
    } catch {
      // A foreign worker's result or stack may be text; the job itself does not depend on them.
      if (!written.has(name)) problems.push(`its "${name}" is not JSON`);
    }
    return undefined;
  };
}

const written: ReadonlySet<keyof Fields> = new Set(['returnvalue', 'stacktrace']);

function readOptions(opts: unknown, problems: string[]): { attempts: number; delay: number } {
  const usual = { attempts: 1, delay: 0 };
  // BullMQ reads a list or a number as no options.
  if (opts !== null && !isObject(opts)) return usual;
  const problem = problemOfOptions(opts);
  if (problem === undefined) return { ...usual, ...(opts as Partial<typeof usual>) };
  problems.push(problem);
  return usual;
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
  trouble: string | undefined,
  data: unknown,
  problems: readonly string[],
): string | undefined {
  if (trouble === undefined && Object.values(fields).every((value) => value === undefined)) {
    return 'nothing but its id is left of it: it was evicted or deleted. It can only be discarded';
  }
  if (problems.length > 0) return damagedJob(problems.join('; ')).message;
  const opened = openEnvelope(data);
  return opened.state === 'damaged' ? opened.error.message : undefined;
}

function dueAtOf(
  place: Place,
  score: string,
  noted: unknown,
  enqueuedAt: number | undefined,
  delay: number,
): number | undefined {
  if (place === 'delayed') return Math.floor(Number(score) / turnsOfMillisecond);
  if (isTime(noted)) return noted;
  return enqueuedAt === undefined ? undefined : enqueuedAt + delay;
}

/** As Fledge noted it; of a job that BullMQ or another program failed, BullMQ's own fields. */
function errorOf({ failedReason }: Fields, noted: unknown, stacks: unknown): StoredError | undefined {
  const error = readStoredError(noted);
  if (error) return error;
  if (failedReason === undefined) return undefined;
  const last: unknown = Array.isArray(stacks) ? stacks.at(-1) : undefined;
  return { name: 'Error', message: failedReason, ...(isText(last) ? { stack: last } : {}) };
}

/** By its name in Fledge; of another program's, BullMQ's id of the job scheduler. */
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
