import type { AttemptFields } from '../store/attempt.js';
import type { Envelope } from '../store/envelope.js';

export interface UnstoredJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** As a queue would have carried it: nobody else holds any part of it, and all of it is JSON. */
  readonly envelope: Envelope;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The first attempt at a job that no store has: what it notes, logs and tells is kept nowhere. */
export function unstoredAttempt({ id, name, queue, envelope, now }: UnstoredJob): AttemptFields {
  const begunAt = now();
  const nothing = async (): Promise<void> => undefined;
  return {
    id,
    name,
    queue,
    data: envelope,
    attempt: 1,
    attempts: 1,
    crashes: 0,
    dueAt: begunAt,
    firstDueAt: begunAt,
    enqueuedAt: begunAt,
    starts: 1,
    now,
    log: nothing,
    keepNotes: nothing,
    progress: nothing,
  };
}
