import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { forgive, postpone, withNotes } from '../../../store/envelope-edits.js';
import type { EnvelopeNotes } from '../../../store/envelope.js';
import {
  inventoryBounds,
  type EditResult,
  type Inventory,
  type JobPage,
  type JobRecord,
  type JobState,
  type KnownQueues,
  type PageRequest,
  type Sweep,
} from '../../../store/inventory.js';
import type { RedisClient } from '../connection/connection.js';
import { findQueues } from '../keys/find-queues.js';
import { clockScript, editScript, findScript, removeScript } from '../scripts/inventory-scripts.js';
import { jobKey, rawId } from '../scripts/job-key.js';
import { jobRecord } from './job-record.js';
import type { Place, RawJob } from '../scripts/raw-job.js';
import { JobSweep } from './job-sweep.js';
import { JobWalk, placesOf } from './job-walk.js';
import { isDataFault } from '../connection/refusal.js';
import { readToldQueues } from '../keys/known-queues.js';
import { trimScript } from '../scripts/trim-script.js';
import { dropFollower, replaceByFollower } from '../unique/unique-holder.js';

/** BullMQ's answer for a job that is the next tick of one of its job schedulers. */
const belongsToScheduler = -8;
/** A worker may write a job's notes between the look at them and their change; hardly ever twice. */
const tries = 5;

interface Edit {
  readonly from: readonly Place[];
  readonly to: 'wait' | 'delayed' | 'same';
  /** Another queue. */
  readonly queue?: string;
  /** What the job is to know; `crashes` is what the store has counted for it. */
  readonly notes?: (crashes: number) => EnvelopeNotes;
  /** Milliseconds since 1970. */
  readonly dueAt?: number;
  /** Its attempts are forgotten. */
  readonly anew?: boolean;
}

/** A key of the wrong type has nothing in it that could be listed. */
function nothingIfDamaged(thrown: unknown): string[] {
  if (isDataFault(thrown)) return [];
  throw thrown;
}

function damagedIfDataFault(thrown: unknown): 'damaged' {
  if (isDataFault(thrown)) return 'damaged';
  throw thrown;
}

/** The jobs in Redis, as BullMQ keeps them. */
export class RedisInventory implements Inventory {
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly queue: (name: string) => Promise<Queue>,
    /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {}

  async queues(): Promise<KnownQueues> {
    const nodes = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
    const found = await Promise.all(nodes.map((node) => this.queuesOn(node)));
    const told = await this.ask(() => readToldQueues(this.client, this.prefix).catch(nothingIfDamaged));
    const names = new Set([...told, ...found.flatMap((part) => part.names)]);
    return { names: [...names].sort(), complete: found.every(({ complete }) => complete) };
  }

  async hasQueue(queue: string): Promise<boolean> {
    return this.ask(async () => (await this.client.exists(`${this.base(queue)}meta`)) === 1);
  }

  async page(queue: string, state: JobState, request: PageRequest): Promise<JobPage> {
    const walk = new JobWalk(this.client, this.base(queue), state, request.cursor);
    const { jobs, isMore } = await this.read(walk, queue, state, request);
    return isMore ? { jobs, cursor: walk.cursor } : { jobs };
  }

  async discard(queue: string, sweep: Sweep): Promise<number> {
    const { client, ask } = this;
    const remove = async (id: string): Promise<boolean> => (await this.remove(queue, id)) === 'done';
    return new JobSweep({ client, ask, remove }, queue, this.base(queue), sweep).run();
  }

  async trim(queue: string, state: 'completed' | 'dead', age: number): Promise<number> {
    const base = this.base(queue);
    const set = base + placesOf[state][0];
    return (await this.ask(() =>
      trimScript.run(this.client, set, base, age, inventoryBounds.page),
    )) as number;
  }

  async now(): Promise<number> {
    const { client, prefix } = this;
    return Number(await this.ask(() => clockScript.run(client, `${prefix}:$clock`)));
  }

  async find(queue: string, id: string): Promise<JobRecord | undefined> {
    const base = this.base(queue);
    const found = await this.ask(() => findScript.run(this.client, jobKey(base, id), base, rawId(id)));
    if (!Array.isArray(found)) return undefined;
    const [place, raw] = found as [Place, RawJob];
    return jobRecord(queue, place, raw);
  }

  async logs(queue: string, id: string): Promise<string[]> {
    const key = jobKey(this.base(queue), id, ':logs');
    return this.ask(() => this.client.lrange(key, 0, -1).catch(nothingIfDamaged));
  }

  async retry(queue: string, id: string): Promise<EditResult> {
    const notes = (crashes: number): EnvelopeNotes => forgive(crashes, Date.now());
    return this.edit(queue, id, { from: ['failed'], to: 'wait', anew: true, notes });
  }

  /** By BullMQ's own script, which knows what else belongs to a job. It takes text alone for an id, and fails at a key that is not a hash. */
  async remove(queue: string, id: string): Promise<EditResult> {
    if (rawId(id) !== id) return this.removeByHand(queue, id);
    const result = await this.ask(() => this.removeByBull(queue, id).catch(damagedIfDataFault));
    return result === 'damaged' ? this.removeByHand(queue, id) : result;
  }

  private async removeByBull(queue: string, id: string): Promise<EditResult> {
    const bull = await this.queue(queue);
    const isGone = await replaceByFollower(this.client, bull, id);
    if (isGone !== undefined) return isGone ? 'done' : 'late';
    try {
      return (await bull.remove(id)) === 1 ? 'done' : 'late';
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === belongsToScheduler) return 'tick';
      throw thrown;
    }
  }

  /** Whatever its id and the type of its key are. */
  private async removeByHand(queue: string, id: string): Promise<EditResult> {
    const base = this.base(queue);
    const answer = await this.ask(() => removeScript.run(this.client, jobKey(base, id), base, rawId(id)));
    return answer === 1 ? 'done' : 'late';
  }

  async dropFollower(queue: string, id: string): Promise<boolean> {
    return this.ask(() => dropFollower(this.client, this.base(queue), id));
  }

  async reschedule(queue: string, id: string, at: number): Promise<EditResult> {
    return this.edit(queue, id, { from: ['delayed'], to: 'delayed', dueAt: at, notes: () => postpone(at) });
  }

  async promote(queue: string, id: string): Promise<EditResult> {
    return this.edit(queue, id, { from: ['delayed'], to: 'wait', notes: () => postpone(Date.now()) });
  }

  async move(queue: string, id: string, to: string): Promise<EditResult> {
    // It may be that nothing has ever been sent there.
    await this.ask(() => this.queue(to));
    return this.edit(queue, id, {
      from: ['wait', 'prioritized', 'delayed', 'failed'],
      to: 'same',
      queue: to,
    });
  }

  /** A page, and whether the walk has not come to the end. */
  private async read(
    walk: JobWalk,
    queue: string,
    state: JobState,
    { limit, matches }: PageRequest,
  ): Promise<{ jobs: JobRecord[]; isMore: boolean }> {
    const isFiltered = matches !== undefined || state === 'scheduled' || state === 'retrying';
    const found: JobRecord[] = [];
    for (let examined = 0; examined < inventoryBounds.page;) {
      const count = isFiltered ? inventoryBounds.slice : limit - found.length;
      const { place, jobs } = await this.ask(() => walk.slice(count));
      if (jobs.length === 0) return { jobs: found, isMore: false };
      for (const raw of jobs) {
        const job = jobRecord(queue, place, raw);
        const isWanted = job.state === state && (matches?.(job) ?? true);
        walk.pass(place, raw, isWanted);
        if (isWanted && found.push(job) === limit) return { jobs: found, isMore: true };
      }
      examined += jobs.length;
    }
    return { jobs: found, isMore: true };
  }

  private async edit(queue: string, id: string, edit: Edit): Promise<EditResult> {
    for (let i = 0; i < tries; i++) {
      const result = await this.ask(() => this.tryEdit(queue, id, edit).catch(damagedIfDataFault));
      // A job that scripts fail at can only be discarded.
      if (result === 'damaged') return 'late';
      if (result !== 'changed') return result;
    }
    return 'late';
  }

  /** `changed`: somebody has written the job's data meanwhile. */
  private async tryEdit(queue: string, id: string, edit: Edit): Promise<EditResult | 'changed'> {
    const base = this.base(queue);
    let [sha, changed] = ['', ''];
    if (edit.notes) {
      const [data, crashes] = await this.client.hmget(jobKey(base, id), 'data', 'stc');
      if (data) {
        sha = createHash('sha1').update(data).digest('hex');
        changed = withNotes(data, edit.notes(Number(crashes ?? 0)));
      }
    }
    const result = await editScript.run(
      this.client,
      jobKey(base, id),
      base,
      this.base(edit.queue ?? queue),
      rawId(id),
      sha,
      changed,
      edit.to,
      edit.dueAt ?? '',
      edit.anew ? '1' : '',
      ...edit.from,
    );
    return result as EditResult | 'changed';
  }

  private queuesOn(node: Redis): Promise<KnownQueues> {
    return findQueues(
      (cursor, match, count) => this.ask(() => node.scan(cursor, 'MATCH', match, 'COUNT', count)),
      this.prefix,
    );
  }

  private base(queue: string): string {
    return `${this.prefix}:${queue}:`;
  }
}
