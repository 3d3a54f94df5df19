import { FledgeError } from '../values/errors.js';

/** The name that a job without a name is shown with. The server has evicted its record then. */
export const noName = '(no name)';

/** What is known about a job that Fledge did not add. */
export interface ForeignJob {
  readonly name: string;
  /** Whether a job class of this application has its name. @default not known, as in another process */
  readonly isKnown?: boolean;
  /** BullMQ's job scheduler that made it. */
  readonly scheduler?: string | undefined;
}

/** The error of a job without Fledge's envelope. BullMQ's `Queue.add` or one of its job schedulers added it. */
export function foreignJob({ name, isKnown = true, scheduler }: ForeignJob): FledgeError {
  const origin =
    scheduler === undefined
      ? `${name} was added with BullMQ’s Queue.add, and Fledge cannot run such a job.`
      : `${name} was made by BullMQ’s job scheduler "${scheduler}", and Fledge cannot run such a job.`;
  return new FledgeError('FLEDGE_JOB_FOREIGN', `${origin} ${wayOut(name, isKnown, scheduler)}`);
}

function wayOut(name: string, isKnown: boolean, scheduler: string | undefined): string {
  if (!isKnown)
    return `No job class has the name "${name}". If a @Processor should run it, use a queue that Fledge does not serve.`;
  return scheduler === undefined
    ? `Use JobsService.enqueue with the job class and this job’s payload, and discard this job.`
    : `Use @Job({ cron }), schedule() or JobsService.schedules.upsert instead, and remove the old one with queue.removeJobScheduler("${scheduler}").`;
}
