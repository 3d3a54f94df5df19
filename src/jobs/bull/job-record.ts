import { openEnvelope, type Envelope } from '../envelope.js';
import type { JobRecord, JobState } from '../inventory.js';
import { unlimited } from '../policy.js';
import type { StoredError } from '../stored-error.js';
import { jobFields } from './inventory-scripts.js';

/** Where BullMQ keeps a job. */
export type Place = 'wait' | 'prioritized' | 'delayed' | 'active' | 'failed' | 'completed';

/** A job as the scripts read it: id, score where it has one, and the fields of its hash. */
export type RawJob = readonly [id: string, score: string, fields: readonly (string | null)[]];

/** Delayed jobs are ordered by the time when they are due, times this. */
const turnsOfMillisecond = 0x1000;

/** What is known of a job. What somebody has damaged is left out; never an exception. */
export function jobRecord(queue: string, place: Place, [id, score, values]: RawJob): JobRecord {
  const fields = Object.fromEntries(jobFields.map((name, i) => [name, values[i] ?? undefined])) as Fields;
  const data = parsed(fields.data);
  const opened = openEnvelope(data);
  const envelope: Partial<Envelope> = isObject(data) ? data : {};
  const attempt = Number(fields.atm ?? 0);
  const priority = Number(fields.priority ?? 0);
  const { attempts = 1, delay = 0 } = (parsed(fields.opts) ?? {}) as { attempts?: number; delay?: number };
  const enqueuedAt = fields.timestamp === undefined ? undefined : Number(fields.timestamp);
  const dueAt =
    place === 'delayed'
      ? Math.floor(Number(score) / turnsOfMillisecond)
      : (numberOf(envelope.dueAt) ?? (enqueuedAt === undefined ? undefined : enqueuedAt + delay));
  return withoutUndefined({
    id,
    name: fields.name ?? '(no name)',
    queue,
    state: stateIn(place, attempt),
    damage: damageOf(fields, opened),
    payload: envelope.payload,
    meta: isObject(envelope.meta) ? (envelope.meta as Record<string, string>) : {},
    attempt,
    attempts: attempts >= unlimited ? Infinity : attempts,
    priority: priority > 0 ? priority : undefined,
    enqueuedAt: dateOf(enqueuedAt),
    dueAt: dateOf(dueAt),
    startedAt: dateOf(fields.processedOn),
    finishedAt: dateOf(fields.finishedOn),
    error: errorOf(fields, envelope),
    result: parsed(fields.returnvalue),
    progress: parsed(fields.progress),
    schedule: scheduleOf(fields, envelope),
  });
}

type Fields = Partial<Record<(typeof jobFields)[number], string>>;

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
    case 'completed':
      return place;
  }
}

function damageOf(fields: Fields, opened: ReturnType<typeof openEnvelope>): string | undefined {
  if (Object.values(fields).every((value) => value === undefined)) {
    return 'nothing but its id is left of it: it was evicted or deleted. It can only be discarded';
  }
  return opened.state === 'damaged' ? opened.error.message : undefined;
}

/** As Fledge noted it; of a job that BullMQ or another program failed, BullMQ's own fields. */
function errorOf(
  { failedReason, stacktrace }: Fields,
  { error }: Partial<Envelope>,
): StoredError | undefined {
  if (isObject(error) && typeof error.message === 'string') return error as StoredError;
  if (failedReason === undefined) return undefined;
  const stacks = parsed(stacktrace);
  const last: unknown = Array.isArray(stacks) ? stacks.at(-1) : undefined;
  return {
    name: 'Error',
    message: failedReason,
    ...(typeof last === 'string' ? { stack: last } : {}),
  };
}

/** By its name in Fledge; of somebody else's, BullMQ's id of the job scheduler. */
function scheduleOf({ rjk }: Fields, envelope: Readonly<Record<string, unknown>>): string | undefined {
  const { tick } = envelope;
  return isObject(tick) && typeof tick.schedule === 'string' ? tick.schedule : rjk;
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function dateOf(time: string | number | undefined): Date | undefined {
  const date = new Date(Number(time));
  return time === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function withoutUndefined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
