import type { Queue } from 'bullmq';
import type { AddResult, NewJob } from '../../store/store.js';
import { addTo } from './add.js';
import type { RedisLink } from './connection/redis-link.js';
import { Deadline, type SharedDeadline } from './connection/shared-deadline.js';
import type { StoreErrors } from './connection/store-errors.js';
import type { OpenQueues } from './open-queues.js';
import type { UniqueAdder } from './unique/unique-add.js';

/** How long an add may take with its repetition, in milliseconds. An enqueue answers within two seconds. */
const longest = 1_850;
const tooLate = 'The add timed out';

/** Adds jobs through BullMQ, within the time that an enqueue may take. */
export class JobAdder {
  constructor(
    private readonly link: RedisLink,
    private readonly queues: OpenQueues,
    private readonly unique: UniqueAdder,
    private readonly errors: StoreErrors,
    private readonly deadlines: SharedDeadline,
  ) {}

  async add(job: NewJob): Promise<AddResult> {
    const wasReady = this.link.isReady;
    const notReady = wasReady ? undefined : await this.link.whyNotReady();
    if (notReady) return this.failure(job, notReady);
    const { connections } = this.link;
    // The wait for the connection has used up the time of an extension.
    const deadline = wasReady ? this.deadlines.begin() : new Deadline(longest / 2, tooLate);
    const result = await this.addBefore(deadline, job);
    if (!wasReady || !isClosed(result)) return result;
    return this.addAgain(job, result, connections, new Deadline(longest - deadline.passed, tooLate));
  }

  /**
   * The server, or a machine between, had closed the connection, and nothing showed it until this add. The job has the same
   * id again, so it cannot be in the queue twice.
   */
  private async addAgain(
    job: NewJob,
    first: AddResult,
    connections: number,
    deadline: Deadline,
  ): Promise<AddResult> {
    await Promise.race([this.link.reconnected(connections), deadline.rejection.catch(() => undefined)]);
    return this.link.isReady ? this.addBefore(deadline, job) : first;
  }

  private async addBefore({ rejection }: Deadline, job: NewJob): Promise<AddResult> {
    try {
      const queue = this.queues.get(job.queue) ?? (await Promise.race([this.open(job.queue), rejection]));
      return await Promise.race([addTo(queue, job, this.unique), rejection]);
    } catch (thrown) {
      return this.failure(job, thrown);
    }
  }

  private open(queue: string): Promise<Queue> {
    return this.queues.open(queue);
  }

  private failure(job: NewJob, thrown: unknown): AddResult {
    return { status: 'failed', error: this.errors.failure(thrown, 'did not take the job', job.id) };
  }
}

function isClosed(result: AddResult): boolean {
  return result.status === 'failed' && result.error.code === 'FLEDGE_STORE_UNREACHABLE';
}
