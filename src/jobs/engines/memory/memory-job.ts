import type { Envelope } from '../../store/envelope.js';
import type { JobState } from '../../store/inventory.js';
import type { NewJob } from '../../store/store.js';
import type { UniqueLock } from '../../job/unique.js';

/** The lists of a queue. Jobs that are not due yet share one, whether they have failed before or not. */
export type Place = 'waiting' | 'delayed' | 'running' | 'dead' | 'completed';

/** All that is known about a job; as much as Redis would keep. */
export interface MemoryJob {
  readonly id: string;
  readonly name: string;
  readonly priority: number | undefined;
  readonly attempts: number;
  readonly unique: UniqueLock | undefined;
  /** The envelope as JSON: a job reads what a queue would have carried. */
  data: string;
  /** Attempts that have ended: in success, failure or death. */
  attemptsMade: number;
  /** How often it was begun, also where no attempt was spent. */
  starts: number;
  /** Order among equals; a job that was handed back gets one before all others. */
  turn: number;
  /** This and the following in milliseconds since 1970. */
  readonly enqueuedAt: number;
  dueAt: number;
  readonly firstDueAt: number;
  /** When it was retried by hand. */
  anewAt?: number;
  startedAt?: number;
  finishedAt?: number;
  /** What `perform` returned, through JSON. */
  result?: unknown;
  progress?: unknown;
  /** The last 1,000 lines. */
  readonly lines: string[];
}

const mostLines = 1_000;

/** @param now milliseconds since 1970 */
export function newMemoryJob(
  { id, name, priority, attempts, envelope, payloadText, delay, unique }: NewJob,
  now: number,
): MemoryJob {
  return {
    id,
    name,
    priority,
    attempts,
    unique,
    data: textOf(envelope, payloadText),
    attemptsMade: 0,
    starts: 0,
    turn: 0,
    enqueuedAt: now,
    dueAt: now,
    firstDueAt: now + delay,
    lines: [],
  };
}

/** Does not stringify again what is JSON already. */
function textOf(envelope: Envelope, payloadText: string | undefined): string {
  if (payloadText === undefined) return JSON.stringify(envelope);
  const others = JSON.stringify({ ...envelope, payload: undefined });
  return `{"payload":${payloadText},${others.slice(1)}`;
}

export function stateIn(place: Place, { attemptsMade }: MemoryJob): JobState {
  if (place !== 'delayed') return place;
  return attemptsMade > 0 ? 'retrying' : 'scheduled';
}

export function addLine({ lines }: MemoryJob, line: string): void {
  lines.push(line);
  if (lines.length > mostLines) lines.shift();
}

/** A result that is no JSON is not kept. */
export function throughJson(value: unknown): unknown {
  if (value === undefined) return undefined;
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
