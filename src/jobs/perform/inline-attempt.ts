import type { AttemptPort, JobSnapshot } from '../store/attempt.js';
import type { Envelope } from '../store/envelope.js';

export interface UnstoredJob {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** A copy as a queue would store it. It is plain JSON, and nothing else refers to it. */
  readonly envelope: Envelope;
}

/**
 * A job that is in no store, at its first attempt.
 * @param now in milliseconds since 1970
 */
export function unstoredJob({ id, name, queue, envelope }: UnstoredJob, now: number): JobSnapshot {
  return {
    id,
    name,
    queue,
    data: envelope,
    attempt: 1,
    attempts: 1,
    crashes: 0,
    dueAt: now,
    firstDueAt: now,
    enqueuedAt: now,
    starts: 1,
  };
}

/**
 * The port of a job that is in no store. Its notes, log lines and progress are not kept.
 * @param now returns the time in milliseconds since 1970
 */
export function unstoredPort(now: () => number): AttemptPort {
  const nothing = async (): Promise<void> => undefined;
  return { now, log: nothing, keepNotes: nothing, progress: nothing };
}
