import { openEnvelope, type Envelope, type EnvelopeNotes } from '../../../store/envelope.js';
import type { JobState } from '../../../store/inventory.js';
import type { NewJob } from '../../../store/store.js';
import type { UniqueLock } from '../../../job/unique.js';

/** The lists of a queue. Scheduled jobs and jobs that wait for a retry share the list `delayed`. */
export type Place = 'waiting' | 'delayed' | 'running' | 'dead' | 'completed';

/** A job in memory, with the same facts that Redis would keep. */
export interface MemoryJob {
  readonly id: string;
  readonly name: string;
  readonly priority: number | undefined;
  readonly attempts: number;
  readonly unique: UniqueLock | undefined;
  /** The envelope as JSON, so that a job reads the same values as from a real queue. */
  data: string;
  /** How many attempts have completed, failed or died. */
  attemptsMade: number;
  /** How often it was started, including starts that spent no attempt. */
  starts: number;
  /** Its order among jobs with the same priority or due time. A job that was handed back goes before all others. */
  turn: number;
  /** This and the following times are in milliseconds since 1970. */
  readonly enqueuedAt: number;
  dueAt: number;
  readonly firstDueAt: number;
  /** When an operator retried it. */
  anewAt?: number;
  startedAt?: number;
  finishedAt?: number;
  /** The pause that has put it off, the time until which it did, and the time when the job was due. */
  putOff?: { readonly by: string; readonly till: number; readonly dueAt: number };
  /** What `perform` returned, as JSON would store it. */
  result?: unknown;
  progress?: unknown;
  /** Its newest log lines. */
  readonly lines: string[];
}

/** @param now in milliseconds since 1970 */
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

/** Returns the envelope as JSON. The payload may be JSON already, so it is not stringified again. */
function textOf(envelope: Envelope, payloadText: string | undefined): string {
  if (payloadText === undefined) return JSON.stringify(envelope);
  const others = JSON.stringify({ ...envelope, payload: undefined });
  return `{"payload":${payloadText},${others.slice(1)}`;
}

/** Returns whether a delayed job waits because it is paused. An operator may have moved it to another time since. */
export function isPutOff({ putOff, dueAt }: MemoryJob): boolean {
  return putOff !== undefined && putOff.till === dueAt;
}

export function stateIn(place: Place, { attemptsMade }: MemoryJob): JobState {
  if (place !== 'delayed') return place;
  return attemptsMade > 0 ? 'retrying' : 'scheduled';
}

/** @param most how many of the newest lines the job keeps */
export function addLine({ lines }: MemoryJob, line: string, most: number): void {
  lines.push(line);
  if (lines.length > most) lines.splice(0, lines.length - most);
}

/** Returns the name of the mail that the job delivers. */
export function subjectOf(job: MemoryJob): string | undefined {
  const opened = openEnvelope(JSON.parse(job.data));
  return opened.state === 'sound' ? opened.envelope.subject : undefined;
}

/** Adds notes to the job's envelope. */
export function noteIn(job: MemoryJob, notes: EnvelopeNotes | undefined): void {
  if (!notes) return;
  const envelope: object = JSON.parse(job.data);
  job.data = JSON.stringify({ ...envelope, ...notes });
}

/** Returns undefined for a value that is not JSON. */
export function throughJson(value: unknown): unknown {
  if (value === undefined) return undefined;
  try {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
