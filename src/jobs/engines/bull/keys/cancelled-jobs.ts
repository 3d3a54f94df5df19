import {
  cancellationsLast,
  mostCancelledJobs,
  shortReason,
  type CancelledJob,
  type CancelNote,
} from '../../../store/cancellations.js';
import { isObject, isText, isTime } from '../../../values/readers.js';
import type { RedisClient } from '../connection/connection.js';
import { rememberJob, type KeptNote } from '../scripts/cancel-script.js';
import { isDataFault } from '../connection/refusal.js';
import { rawId } from '../scripts/job-key.js';
import { fledgeKey } from './fledge-keys.js';

/** The jobs that were cancelled and deleted. Redis remembers the newest ones for a week. */
export class CancelledJobs {
  private readonly jobs: string;
  private readonly order: string;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
  ) {
    this.jobs = fledgeKey(prefix, 'cancelled-jobs');
    this.order = fledgeKey(prefix, 'cancelled-order');
  }

  /** Returns what the scripts take. */
  kept(queue: string, { at, by, reason }: CancelNote): KeptNote {
    const fact = { at, queue, by, reason: reason === undefined ? undefined : shortReason(reason) };
    const { jobs, order } = this;
    return { jobs, order, text: JSON.stringify(fact), lasts: cancellationsLast, most: mostCancelledJobs };
  }

  /** @param name undefined if it is not known */
  async remember(queue: string, id: string, name: string | undefined, note: CancelNote): Promise<void> {
    await rememberJob(this.client, id, name ?? '', this.kept(queue, note));
  }

  async find(id: string): Promise<CancelledJob | undefined> {
    const text = await this.client.hget(this.jobs, rawId(id)).catch((error: unknown) => {
      // Another program has written the key.
      if (isDataFault(error)) return null;
      throw error;
    });
    return text === null ? undefined : readFact(id, text);
  }
}

/** Returns undefined for text that a later version of Fledge or another program has written. */
function readFact(id: string, text: string): CancelledJob | undefined {
  try {
    const fact: unknown = JSON.parse(text);
    if (!isObject(fact) || !isTime(fact.at) || !isText(fact.queue)) return undefined;
    const { at, queue, name, by, reason } = fact;
    return {
      id,
      ...(isText(name) && { name }),
      queue,
      cancelledAt: new Date(at),
      ...(isText(by) && { by }),
      ...(isText(reason) && { reason }),
    };
  } catch {
    return undefined;
  }
}
