import type { Attempt } from '../../../store/attempt.js';
import type { Outcome } from '../../../store/outcome.js';
import { isPutOff, noteIn, type MemoryJob } from './memory-job.js';

/** Moves the jobs of one queue between its lists. */
export interface JobMover {
  finish(job: MemoryJob, place: 'completed' | 'dead'): void;
  /** @param delay in milliseconds */
  enter(job: MemoryJob, delay: number): void;
  handBack(job: MemoryJob): void;
  remove(job: MemoryJob): void;
}

/** Translates the outcome of an attempt into what becomes of its job in memory. */
export function settle(job: MemoryJob, outcome: Outcome, { resultJson }: Attempt, queue: JobMover): void {
  switch (outcome.kind) {
    case 'completed':
      job.result = resultJson === undefined ? undefined : (JSON.parse(resultJson) ?? undefined);
      return queue.finish(job, 'completed');
    case 'failed':
      noteIn(job, outcome.note);
      if (outcome.retryIn === undefined) return queue.finish(job, 'dead');
      job.attemptsMade += 1;
      return queue.enter(job, outcome.retryIn);
    case 'killed':
      noteIn(job, outcome.note);
      return queue.finish(job, 'dead');
    case 'discarded':
    case 'expired':
    case 'cancelled':
    case 'lost':
      return queue.remove(job);
    case 'snoozed':
      return snooze(job, outcome, queue);
    case 'interrupted':
      noteIn(job, outcome.note);
      return queue.handBack(job);
  }
}

function snooze(
  job: MemoryJob,
  { delay, note, paused }: Extract<Outcome, { readonly kind: 'snoozed' }>,
  queue: JobMover,
): void {
  const dueAt = job.putOff && isPutOff(job) ? job.putOff.dueAt : job.dueAt;
  noteIn(job, note);
  queue.enter(job, delay);
  if (paused) job.putOff = { by: paused.by, till: job.dueAt, dueAt };
}
