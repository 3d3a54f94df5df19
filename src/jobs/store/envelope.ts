import { FledgeError } from '../values/errors.js';
import type { JobNotes } from '../job/notes.js';
import { findUnsafe } from '../values/json/json-check.js';
import { problemOfCall, type CallPolicy } from '../job/retry/policy.js';
import { readStoredError, type StoredError } from '../values/stored-error.js';
import { isTickNote, type TickNote } from '../job/schedule/tick.js';
import { isCount, isObject, isText, isTexts, isTime } from '../values/readers.js';

/** What Fledge stores about a job between its attempts. */
export interface EnvelopeNotes {
  /** When a worker first found that it has no class with the job's name, in milliseconds since 1970. */
  readonly parkedAt?: number | undefined;
  /** How many crashes the job had when an attempt last finished. */
  readonly crashesForgiven?: number | undefined;
  /** When the next attempt is due, in milliseconds since 1970. */
  readonly dueAt?: number | undefined;
  /** The time from which `expiresIn` counts, in milliseconds since 1970. @default when the job was first due */
  readonly expiryFrom?: number | undefined;
  /** When an operator last retried the job, in milliseconds since 1970. */
  readonly anewAt?: number | undefined;
  /** When the first attempt of a job with `retryFor` failed, in milliseconds since 1970. */
  readonly failedAt?: number | undefined;
  /** How often each rule of `retryOn` was applied, by the rule's key. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
  /** The error of the last failed attempt. */
  readonly error?: StoredError | undefined;
  /** The notes that the job stored with `context.note`. */
  readonly notes?: JobNotes | undefined;
}

/** The stored data of a job: its payload and a version, so that a later version of Fledge can still read it. */
export interface Envelope extends EnvelopeNotes {
  readonly v: 1;
  /** Absent for a job whose `perform` takes no payload. */
  readonly payload?: unknown;
  /** The mailer and action of a mail, such as `UserMailer.welcome`. It can be read even if middleware has encrypted the payload. */
  readonly subject?: string;
  /** The values that enqueue middleware passes to job middleware, such as a tenant, a locale or a trace. */
  readonly meta?: Readonly<Record<string, string>>;
  /** The retry and timeout options of the call, which override the class's. */
  readonly call?: CallPolicy;
  /** The schedule that made the job. */
  readonly tick?: TickNote;
  /** When a later job with the same unique key may be enqueued. */
  readonly unique?: 'start' | 'done';
}

/** Stands for data that is not JSON. */
export const unreadableData = 'unreadable';

export type OpenedEnvelope =
  | { readonly state: 'sound'; readonly envelope: Envelope }
  /** A later version of Fledge wrote the envelope. A newer worker can read it. */
  | { readonly state: 'newer'; readonly version: number }
  /** Something else than Fledge added the job, so it has no envelope. */
  | { readonly state: 'foreign' }
  | { readonly state: 'damaged'; readonly error: FledgeError };

/** Checks data from the store. Any program that can write to the store may have changed it, and the server may have evicted it. */
export function openEnvelope(data: unknown): OpenedEnvelope {
  if (data === undefined || data === unreadableData) return damaged('its data is missing, or is not JSON');
  if (!isObject(data) || typeof data.v !== 'number') return { state: 'foreign' };
  const { v } = data;
  if (!Number.isSafeInteger(v) || v < 1)
    return damaged(`its data has the version ${v}, which does not exist`);
  if (v > 1) return { state: 'newer', version: v };
  const problem = problemOf(data);
  // Every field of the envelope has been checked.
  return problem === undefined ? { state: 'sound', envelope: data as unknown as Envelope } : damaged(problem);
}

/** Returns what is wrong with the first field that is not what Fledge writes. A missing field costs one property check. */
function problemOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { payload, subject, meta, call, tick, unique, failures, error, notes, crashesForgiven } = data;
  const unsafe =
    (payload !== undefined && findUnsafe(payload)) || (notes !== undefined && findUnsafe(notes, 'notes'));
  if (unsafe) return `${unsafe.path} ${unsafe.problem}`;
  if (notes !== undefined && !isObject(notes)) return 'its notes are not an object';
  if (subject !== undefined && !isText(subject)) return 'its subject is not a string';
  if (meta !== undefined && !isTexts(meta)) return 'its meta is not an object of strings';
  const ofCall = call === undefined ? undefined : problemOfCall(call);
  if (ofCall !== undefined) return ofCall;
  if (tick !== undefined && !isTickNote(tick)) return 'its tick is not one of a schedule';
  if (unique !== undefined && unique !== 'start' && unique !== 'done')
    return 'its "unique" is neither "start" nor "done"';
  // May be negative.
  if (crashesForgiven !== undefined && !Number.isSafeInteger(crashesForgiven))
    return 'its "crashesForgiven" is not a whole number';
  if (failures !== undefined && !(isObject(failures) && Object.values(failures).every(isCount)))
    return 'its "failures" are not counts';
  if (error !== undefined && !readStoredError(error)) return 'its "error" is not one that Fledge stored';
  return problemOfTimes(data);
}

function problemOfTimes({
  parkedAt,
  dueAt,
  expiryFrom,
  anewAt,
  failedAt,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (parkedAt !== undefined && !isTime(parkedAt)) return 'its "parkedAt" is not a time';
  if (dueAt !== undefined && !isTime(dueAt)) return 'its "dueAt" is not a time';
  if (expiryFrom !== undefined && !isTime(expiryFrom)) return 'its "expiryFrom" is not a time';
  if (anewAt !== undefined && !isTime(anewAt)) return 'its "anewAt" is not a time';
  if (failedAt !== undefined && !isTime(failedAt)) return 'its "failedAt" is not a time';
  return undefined;
}

/**
 * Refuses meta values that are not strings. A worker would treat a job with such meta as damaged.
 * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`
 */
export function checkMeta(job: string, meta: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(meta)) {
    if (value === undefined || isText(value)) continue;
    throw new FledgeError(
      'FLEDGE_PAYLOAD_INVALID',
      `${job} was not enqueued: its meta has ${JSON.stringify(key)}, which is not a string. Set only strings in the enqueue middleware, for example String(value).`,
    );
  }
}

/** Returns the error for a job whose stored data is damaged, so that it cannot be run. */
export function damagedJob(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_ENVELOPE_DAMAGED',
    `The job is damaged and cannot be run: ${why}. Set maxmemory-policy noeviction, and make sure that only Fledge writes to its queues. Then enqueue the job again.`,
  );
}

function damaged(why: string): OpenedEnvelope {
  return { state: 'damaged', error: damagedJob(why) };
}
