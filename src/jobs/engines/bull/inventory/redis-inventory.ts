import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  inventoryBounds,
  type EditResult,
  type FinishedSpan,
  type Inventory,
  type JobPage,
  type JobRecord,
  type JobState,
  type KnownQueues,
  type PageRequest,
  type Sweep,
} from '../../../store/inventory.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { isDataFault } from '../connection/refusal.js';
import type { CancelNote } from '../../../store/cancellations.js';
import { CancelledJobs } from '../keys/cancelled-jobs.js';
import { findQueues } from '../keys/find-queues.js';
import { fledgeKey, queueBase } from '../keys/fledge-keys.js';
import { readRecordedQueues } from '../keys/known-queues.js';
import { readClock } from '../scripts/clock-script.js';
import { jobKey } from '../scripts/job-key.js';
import { findJob } from '../scripts/list-scripts.js';
import { trimFinished } from '../scripts/trim-script.js';
import { dropFollower } from '../unique/unique-holder.js';
import { JobCanceller } from './job-canceller.js';
import { JobEditor } from './job-editor.js';
import { readPage } from './job-page.js';
import { jobRecord } from './job-record.js';
import { JobRemover } from './job-remover.js';
import { JobSweep } from './job-sweep.js';
import { JobWalk } from './job-walk.js';

/** The jobs in Redis, in BullMQ's layout. */
export class RedisInventory implements Inventory {
  private readonly editor: JobEditor;
  private readonly remover: JobRemover;
  private readonly canceller: JobCanceller;
  private readonly cancelledJobs: CancelledJobs;

  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    queue: (name: string) => Promise<Queue>,
    private readonly ask: Ask,
  ) {
    this.editor = new JobEditor(client, prefix, queue, ask);
    this.remover = new JobRemover(client, prefix, queue, ask);
    this.cancelledJobs = new CancelledJobs(client, prefix);
    this.canceller = new JobCanceller(client, prefix, this.cancelledJobs, this.remover, ask);
  }

  async queues(): Promise<KnownQueues> {
    const nodes = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
    const found = await Promise.all(nodes.map((node) => this.queuesOn(node)));
    const recorded = await this.ask(() =>
      readRecordedQueues(this.client, this.prefix).catch(nothingIfDataFault),
    );
    const names = new Set([...recorded, ...found.flatMap((part) => part.names)]);
    return { names: [...names].sort(), complete: found.every(({ complete }) => complete) };
  }

  async hasQueue(queue: string): Promise<boolean> {
    return this.ask(async () => (await this.client.exists(`${this.base(queue)}meta`)) === 1);
  }

  async page(queue: string, state: JobState, { cursor, ...request }: PageRequest): Promise<JobPage> {
    const walk = new JobWalk(this.client, this.base(queue), state, cursor);
    return readPage(walk, { queue, state, ...request }, this.ask);
  }

  async discard(queue: string, sweep: Sweep): Promise<number> {
    const { client, ask } = this;
    const { cancelled } = sweep;
    const remove = async (id: string): Promise<boolean> => {
      const removed = await (cancelled ? this.cancel(queue, id, cancelled) : this.remove(queue, id));
      return removed === 'done';
    };
    const kept = cancelled && this.cancelledJobs.kept(queue, cancelled);
    return new JobSweep({ client, ask, remove, kept }, queue, this.base(queue), sweep).run();
  }

  async trim(queue: string, state: 'completed' | 'dead', age: number): Promise<number> {
    const place = state === 'dead' ? 'failed' : state;
    const finished = { base: this.base(queue), place, age, most: inventoryBounds.page } as const;
    return this.ask(() => trimFinished(this.client, finished));
  }

  async countFinished(
    queue: string,
    state: 'completed' | 'dead',
    { after, until }: FinishedSpan,
  ): Promise<number> {
    const key = `${this.base(queue)}${state === 'dead' ? 'failed' : state}`;
    const [count = 0] = await this.ask(() =>
      this.client.zcount(key, `(${after}`, until).then((found) => [found], nothingIfDataFault),
    );
    return count;
  }

  async now(): Promise<number> {
    return this.ask(() => readClock(this.client, fledgeKey(this.prefix, 'clock')));
  }

  async find(queue: string, id: string): Promise<JobRecord | undefined> {
    const found = await this.ask(() => findJob(this.client, this.base(queue), id));
    if (found === null) return undefined;
    const [place, raw] = found;
    return jobRecord(queue, place, raw);
  }

  async logs(queue: string, id: string): Promise<string[]> {
    const key = jobKey(this.base(queue), id, ':logs');
    return this.ask(() => this.client.lrange(key, 0, -1).catch(nothingIfDataFault));
  }

  remove(queue: string, id: string): Promise<EditResult> {
    return this.remover.remove(queue, id);
  }

  cancel(queue: string, id: string, note: CancelNote): Promise<EditResult> {
    return this.canceller.cancel(queue, id, note);
  }

  async dropFollower(queue: string, id: string, note: CancelNote): Promise<boolean> {
    const isDropped = await this.ask(() => dropFollower(this.client, this.base(queue), id));
    if (isDropped) await this.canceller.remember(queue, id, note);
    return isDropped;
  }

  retry(queue: string, id: string): Promise<EditResult> {
    return this.editor.retry(queue, id);
  }

  reschedule(queue: string, id: string, at: number): Promise<EditResult> {
    return this.editor.reschedule(queue, id, at);
  }

  promote(queue: string, id: string): Promise<EditResult> {
    return this.editor.promote(queue, id);
  }

  move(queue: string, id: string, to: string): Promise<EditResult> {
    return this.editor.move(queue, id, to);
  }

  private queuesOn(node: Redis): Promise<KnownQueues> {
    return findQueues(
      (cursor, match, count) => this.ask(() => node.scan(cursor, 'MATCH', match, 'COUNT', count)),
      this.prefix,
    );
  }

  private base(queue: string): string {
    return queueBase(this.prefix, queue);
  }
}

/** Returns nothing for a key of the wrong type, because it contains nothing that can be listed. */
function nothingIfDataFault(thrown: unknown): never[] {
  if (isDataFault(thrown)) return [];
  throw thrown;
}
