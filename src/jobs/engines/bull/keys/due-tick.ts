import type { Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../../../job/schedule/tick.js';

/**
 * Removes a schedule's job scheduler without its tick, if that tick is due. BullMQ removes a tick that waits for a worker when
 * its job scheduler is replaced, but not when the job scheduler is removed.
 */
export async function keepDueTick(queue: Queue, name: string, now: number): Promise<void> {
  const id = schedulerIdOf(name);
  const next = (await queue.getJobScheduler(id))?.next;
  if (!next || next > now) return;
  const tick = await queue.getJob(tickIdOf(name, next));
  // No worker may have moved the due tick to the waiting jobs yet. BullMQ refuses this for a tick that is there.
  await tick?.promote().catch(() => undefined);
  await queue.removeJobScheduler(id);
}
