import type { Queue } from 'bullmq';
import type { EditResult } from '../../../store/inventory.js';
import { isObject } from '../../../values/readers.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { isDataFault } from '../connection/refusal.js';
import { queueBase } from '../keys/fledge-keys.js';
import { rawId } from '../scripts/job-key.js';
import { removeJob } from '../scripts/remove-script.js';
import { replaceByFollower } from '../unique/unique-holder.js';

/** BullMQ's error code for a job that is the next tick of one of its job schedulers. */
const belongsToScheduler = -8;

/**
 * Removes one job with BullMQ's own script, which knows what else belongs to a job. That script accepts only text as an id,
 * and fails at a key that is not a hash. Fledge's script removes those jobs.
 */
export class JobRemover {
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly queue: (name: string) => Promise<Queue>,
    private readonly ask: Ask,
  ) {}

  async remove(queue: string, id: string): Promise<EditResult> {
    if (rawId(id) !== id) return this.removeOfAnyType(queue, id);
    const result = await this.ask(() => this.removeByBull(queue, id).catch(damagedIfDataFault));
    return result === 'damaged' ? this.removeOfAnyType(queue, id) : result;
  }

  private async removeByBull(name: string, id: string): Promise<EditResult> {
    const queue = await this.queue(name);
    const isGone = await replaceByFollower(this.client, queue, id);
    if (isGone !== undefined) return isGone ? 'done' : 'late';
    try {
      return (await queue.remove(id)) === 1 ? 'done' : 'late';
    } catch (thrown) {
      if (isObject(thrown) && thrown.code === belongsToScheduler) return 'tick';
      throw thrown;
    }
  }

  /** Removes a job with any id and any type of key. */
  private async removeOfAnyType(queue: string, id: string): Promise<EditResult> {
    const base = queueBase(this.prefix, queue);
    return (await this.ask(() => removeJob(this.client, base, id))) ? 'done' : 'late';
  }
}

/** For `catch`: `damaged` if a script failed at the job's record. */
export function damagedIfDataFault(thrown: unknown): 'damaged' {
  if (isDataFault(thrown)) return 'damaged';
  throw thrown;
}
