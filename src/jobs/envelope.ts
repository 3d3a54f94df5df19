import { FledgeError } from './errors.js';
import type { JobNotes } from './notes.js';
import { findUnsafe } from './values/json-check.js';
import type { CallPolicy } from './policy.js';
import type { StoredError } from './stored-error.js';
import type { TickNote } from './tick.js';

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

/** Reads what came back from the store, which anybody who can write there may have changed or evicted. */
export function openEnvelope(data: unknown): OpenedEnvelope {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return damaged('its data is missing, or not what Fledge writes');
  const { v } = data as { v?: unknown };
  if (typeof v !== 'number')
    return damaged('its data has no version; was it evicted, deleted, or written by hand?');
  if (v > 1) return { state: 'newer', version: v };
  const envelope = data as Envelope;
  const unsafe = findUnsafe(envelope.payload) ?? findUnsafe(envelope.notes, 'notes');
  if (unsafe) return damaged(`${unsafe.path} ${unsafe.problem}`);
  if (typeof (envelope.notes ?? {}) !== 'object' || Array.isArray(envelope.notes))
    return damaged('its notes are none');
  return { state: 'sound', envelope };
}

function damaged(why: string): OpenedEnvelope {
  const error = new FledgeError(
    'FLEDGE_ENVELOPE_DAMAGED',
    `The job cannot be run: ${why}. It was not given to perform. Check that the store does not evict (maxmemory-policy noeviction) and that only Fledge writes to its queues; then enqueue the job again.`,
  );
  return { state: 'damaged', error };
}
