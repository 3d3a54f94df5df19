import type { AttemptPort, JobSnapshot } from '../../../store/attempt.js';
import { timeOfJobId } from '../../../values/job-id.js';
import { LogLines } from '../../../store/log-lines.js';
import type { Clock } from './clock.js';
import { addLine, noteIn, throughJson, type MemoryJob } from './memory-job.js';

/** What a queue provides for the attempts at its jobs. */
interface AttemptHost {
  readonly clock: Clock;
  readonly random: () => number;
  /** Releases the job's lock. */
  readonly release: () => unknown;
}

export function snapshotOf(job: MemoryJob, queue: string): JobSnapshot {
  return {
    id: job.id,
    name: job.name,
    queue,
    data: JSON.parse(job.data),
    attempt: job.attemptsMade + 1,
    attempts: job.attempts,
    crashes: 0,
    dueAt: job.dueAt,
    firstDueAt: job.firstDueAt,
    enqueuedAt: timeOfJobId(job.id) ?? job.enqueuedAt,
    anewAt: job.anewAt,
    starts: job.starts,
  };
}

export function portOf(job: MemoryJob, { clock, random, release }: AttemptHost): AttemptPort {
  let lines: LogLines | undefined;
  return {
    ...(job.unique?.until === 'start' && { begin: async () => release() }),
    now: () => clock.now(),
    random,
    log: async (line) => addLine(job, line, (lines ??= new LogLines(job.lines)).add(line)),
    keepNotes: async (notes) => noteIn(job, { notes }),
    progress: async (value) => {
      job.progress = throughJson(value);
    },
  };
}
