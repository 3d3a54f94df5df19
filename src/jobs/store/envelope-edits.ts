import type { EnvelopeNotes } from './envelope.js';

/**
 * Returns the notes that reset a dead job, so that it gets all its attempts again. The crashes are reset as well, because a
 * job that was killed as poison would not run otherwise.
 *
 * @param crashes the number of the job's crashes in the store
 * @param now in milliseconds since 1970
 */
export function forgive(crashes: number, now: number): EnvelopeNotes {
  return {
    crashesForgiven: crashes,
    parkedAt: undefined,
    failures: undefined,
    failedAt: undefined,
    anewAt: now,
    ...postpone(now),
  };
}

/** Returns the notes that make a job due at another time, in milliseconds since 1970. Its expiry counts from this time, too. */
export function postpone(at: number): EnvelopeNotes {
  return { dueAt: at, expiryFrom: at };
}

/** Returns an envelope with changed notes. Other data is returned unchanged, because it is damaged or not Fledge's. */
export function withNotes(data: string, notes: EnvelopeNotes): string {
  try {
    const envelope: unknown = JSON.parse(data);
    if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return data;
    return JSON.stringify({ ...envelope, ...notes });
  } catch {
    return data;
  }
}
