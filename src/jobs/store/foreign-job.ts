import { FledgeError } from '../values/errors.js';
import { isObject } from '../values/readers.js';

/** Returns whether another program wrote a job's data. Data that Fledge writes has a version. Damaged data is often a text. */
export function isForeign(data: unknown): boolean {
  return Array.isArray(data) || (isObject(data) && data.v === undefined);
}

/**
 * Returns the error for a job of a known class that was added without Fledge.
 * @param jobClass the name of the class
 */
export function foreignJob(id: string, jobClass: string): FledgeError {
  const [, scheduler] = /^repeat:(.+):\d+$/.exec(id) ?? [];
  const [who, fix] =
    scheduler === undefined
      ? ["BullMQ's Queue.add", `Use JobsService.enqueue(${jobClass}, payload) instead.`]
      : [
          `BullMQ's job scheduler "${scheduler}"`,
          `Use jobs.schedules.upsert(${jobClass}, payload, { name, cron }) of JobsService instead, and call queue.removeJobScheduler("${scheduler}").`,
        ];
  return new FledgeError(
    'FLEDGE_JOB_FOREIGN',
    `${who} made this ${jobClass}, so its data is not what JobsService writes, and it cannot be run. ${fix}`,
    { jobId: id },
  );
}
