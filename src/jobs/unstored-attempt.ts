import type { AttemptFields } from './attempt.js';
import type { Envelope } from './envelope.js';

export interface UnstoredJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
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
    // Through JSON, so that a job cannot come to rely on what a queue would not carry.
    data: JSON.parse(JSON.stringify(envelope)) as unknown,
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
