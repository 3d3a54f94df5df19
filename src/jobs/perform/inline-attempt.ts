import type { AttemptFields } from '../store/attempt.js';
import type { Envelope } from '../store/envelope.js';

export interface UnstoredJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** A copy as a queue would store it. It is plain JSON, and nothing else refers to it. */
  readonly envelope: Envelope;
  /** Returns the time in milliseconds since 1970. */
  readonly now: () => number;
}

/** The first attempt of a job that is in no store. Its notes, log lines and progress are not kept. */
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
