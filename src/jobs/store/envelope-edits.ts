import type { EnvelopeNotes } from './envelope.js';

/**
 * A dead job begins anew: all its attempts, and no grudge. A job that was killed as poison would not run otherwise.
 * @param crashes all that the store has counted for it
 * @param now milliseconds since 1970
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

/** It is due at another time, from which its expiry counts too; milliseconds since 1970. */
export function postpone(at: number): EnvelopeNotes {
  return { dueAt: at, expiryFrom: at };
}

/** Data with other notes. What is no envelope is not touched: it is not ours, or damaged. */
export function withNotes(data: string, notes: EnvelopeNotes): string {
  try {
    const envelope: unknown = JSON.parse(data);
    if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return data;
    return JSON.stringify({ ...envelope, ...notes });
  } catch {
    return data;
  }
}
