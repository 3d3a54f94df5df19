import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../../store/store.js';
import type { UniqueAdder } from './unique/unique-add.js';

/** How many stacks of failed attempts BullMQ keeps. The envelope has the last error with its causes. */
const keptStacks = 1;

/** Adds a job to its queue. BullMQ silently ignores an add whose id exists, so a repeated add looks for the job first. */
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

/** The options of jobs that are enqueued and of jobs that a schedule makes. */
export function commonOptionsOf({
  priority,
  attempts,
}: Pick<NewJob, 'priority' | 'attempts'>): BullJobOptions {
  return { attempts, stackTraceLimit: keptStacks, ...(priority === undefined ? {} : { priority }) };
}
