import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../../store/store.js';
import type { UniqueAdder } from './unique/unique-add.js';

/** Of the stacks of failed attempts; the envelope has the last one with its causes. */
const keptStacks = 1;

/** BullMQ ignores an add whose id is there, and does not say so. */
export async function addTo(queue: Queue, job: NewJob, unique: UniqueAdder): Promise<AddResult> {
  if (job.repeated && (await queue.getJob(job.id))) return { status: 'duplicate', duplicateOf: job.id };
  const options = optionsOf(job);
  if (job.unique) return unique.add(queue, job, job.unique, options);
  await queue.add(job.name, job.envelope, options);
  return { status: 'enqueued' };
}

function optionsOf(job: NewJob): BullJobOptions {
  return { jobId: job.id, ...commonOptionsOf(job), ...(job.delay > 0 ? { delay: job.delay } : {}) };
}

/** Of jobs that are added, and of those that a schedule makes. */
export function commonOptionsOf({
  priority,
  attempts,
}: Pick<NewJob, 'priority' | 'attempts'>): BullJobOptions {
  return { attempts, stackTraceLimit: keptStacks, ...(priority === undefined ? {} : { priority }) };
}
