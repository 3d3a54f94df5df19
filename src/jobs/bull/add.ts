import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import type { AddResult, NewJob } from '../store.js';
import { addUnique } from './unique-add.js';

/** Stacks of the last failed attempts that are kept with a job; all 25 of each dead job would fill a store. */
const keptStacks = 3;

/** BullMQ ignores an add whose id is there, and does not say so. */
export async function addTo(queue: Queue, job: NewJob): Promise<AddResult> {
  if (job.repeated && (await queue.getJob(job.id))) return { status: 'duplicate', duplicateOf: job.id };
  const options = optionsOf(job);
  if (job.unique) return addUnique(queue, job, job.unique, options);
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
