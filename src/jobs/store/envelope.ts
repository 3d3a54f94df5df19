import { FledgeError } from '../values/errors.js';
import type { JobNotes } from '../job/notes.js';
import { findUnsafe } from '../values/json/json-check.js';
import { problemOfCall, type CallPolicy } from '../job/retry/policy.js';
import { readStoredError, type StoredError } from '../values/stored-error.js';
import { isTickNote, type TickNote } from '../job/schedule/tick.js';
import { isCount, isObject, isText, isTexts, isTime } from '../values/readers.js';

/** What Fledge remembers about a job across attempts. It travels with the job. */
export interface EnvelopeNotes {
  /** When a worker first met the job's name and did not know it; milliseconds since 1970. */
  readonly parkedAt?: number | undefined;
  /** How many crashes the job had had when an attempt last finished. */
  readonly crashesForgiven?: number | undefined;
  /** When the attempt after this one is due; milliseconds since 1970. */
  readonly dueAt?: number | undefined;
  /** From when on `expiresIn` counts, where that is not when it was first due; milliseconds since 1970. */
  readonly expiryFrom?: number | undefined;
  /** When somebody retried it by hand; milliseconds since 1970. */
  readonly anewAt?: number | undefined;
  /** When the first attempt failed, of a job with `retryFor`; milliseconds since 1970. */
  readonly failedAt?: number | undefined;
  /** How often each rule of `retryOn` has been applied. */
  readonly failures?: Readonly<Record<string, number>> | undefined;
  /** What the last failed attempt failed with. */
  readonly error?: StoredError | undefined;
  /** What the job itself wants its later attempts to know. */
  readonly notes?: JobNotes | undefined;
}

/** What is stored for a job: its payload, wrapped with a version so that a later Fledge can still read it. */
export interface Envelope extends EnvelopeNotes {
  readonly v: 1;
  /** Absent for a job whose `perform` takes no payload. */
  readonly payload?: unknown;
  /** What enqueue middleware wants job middleware to know: a tenant, a locale, a trace. */
  readonly meta?: Readonly<Record<string, string>>;
  /** What the call said otherwise than the class about failure and time. */
  readonly call?: CallPolicy;
  /** Of a job that a schedule made. */
  readonly tick?: TickNote;
  /** Until when no other job like it may be enqueued. */
  readonly unique?: 'start' | 'done';
}

export type OpenedEnvelope =
  | { readonly state: 'sound'; readonly envelope: Envelope }
  /** Written by a later version of Fledge: a newer worker will read it. */
  | { readonly state: 'newer'; readonly version: number }
  | { readonly state: 'damaged'; readonly error: FledgeError };

/** Reads what came back from the store: anyone who can write there may have changed it, and the server may have evicted it. */
export function openEnvelope(data: unknown): OpenedEnvelope {
  if (!isObject(data)) return damaged('its data is missing, or is not what Fledge writes');
  const { v } = data;
  if (typeof v !== 'number') return damaged('its data has no version, so Fledge did not write it');
  if (!Number.isSafeInteger(v) || v < 1)
    return damaged(`its data has the version ${v}, which does not exist`);
  if (v > 1) return { state: 'newer', version: v };
  const problem = problemOf(data);
  // Nothing but checked fields is left of it.
  return problem === undefined ? { state: 'sound', envelope: data as unknown as Envelope } : damaged(problem);
}

/** The first field that is not what Fledge writes. A field that a job does not have costs one look at it. */
function problemOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { payload, meta, call, tick, unique, failures, error, notes, crashesForgiven } = data;
  const unsafe =
    (payload !== undefined && findUnsafe(payload)) || (notes !== undefined && findUnsafe(notes, 'notes'));
  if (unsafe) return `${unsafe.path} ${unsafe.problem}`;
  if (notes !== undefined && !isObject(notes)) return 'its notes are not an object';
  if (meta !== undefined && !isTexts(meta)) return 'its meta is not an object of strings';
  const ofCall = call === undefined ? undefined : problemOfCall(call);
  if (ofCall !== undefined) return ofCall;
  if (tick !== undefined && !isTickNote(tick)) return 'its tick is not one of a schedule';
  if (unique !== undefined && unique !== 'start' && unique !== 'done')
    return 'its "unique" is neither "start" nor "done"';
  // A crash that is not forgiven counts down.
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
 * A worker takes a job for damaged whose meta is something else.
 * @throws FledgeError `FLEDGE_PAYLOAD_INVALID`
 */
export function checkMeta(job: string, meta: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(meta)) {
    if (value === undefined || isText(value)) continue;
    throw new FledgeError(
      'FLEDGE_PAYLOAD_INVALID',
      `${job} was not enqueued: its meta has ${JSON.stringify(key)}, which is not a string. Let the enqueue middleware set strings, for instance String(value).`,
    );
  }
}

/** The error of a job that cannot be run because what the store has of it is damaged. */
export function damagedJob(why: string): FledgeError {
  return new FledgeError(
    'FLEDGE_ENVELOPE_DAMAGED',
    `The job is damaged and cannot be run: ${why}. Check that the store does not evict (maxmemory-policy noeviction) and that only Fledge writes to its queues. Then enqueue the job again.`,
  );
}

function damaged(why: string): OpenedEnvelope {
  return { state: 'damaged', error: damagedJob(why) };
}
