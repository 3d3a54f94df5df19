import type { Queue } from 'bullmq';
import { createHash } from 'node:crypto';
import { forgive, postpone, withNotes } from '../../../store/envelope-edits.js';
import type { EnvelopeNotes } from '../../../store/envelope.js';
import type { EditResult } from '../../../store/inventory.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { queueBase } from '../keys/fledge-keys.js';
import { editJob, type JobEdit } from '../scripts/edit-script.js';
import { jobKey } from '../scripts/job-key.js';
import { damagedIfDataFault } from './job-remover.js';

/** A worker may write a job's notes while they are edited. That hardly ever happens twice. */
const tries = 5;

interface Edit extends Pick<JobEdit, 'from' | 'to' | 'dueAt' | 'resetsAttempts'> {
  /** The queue that the job moves to. @default its own queue */
  readonly toQueue?: string;
  /** Returns the new notes. `crashes` is the number that the store has counted for the job. */
  readonly notes?: (crashes: number) => EnvelopeNotes;
}

/** Moves jobs to other places and queues. Each edit is one step in the store. */
export class JobEditor {
  constructor(
    private readonly client: RedisClient,
    private readonly prefix: string,
    private readonly queue: (name: string) => Promise<Queue>,
    private readonly ask: Ask,
  ) {}

  async retry(queue: string, id: string): Promise<EditResult> {
    const notes = (crashes: number): EnvelopeNotes => forgive(crashes, Date.now());
    return this.edit(queue, id, { from: ['failed'], to: 'wait', resetsAttempts: true, notes });
  }

  async reschedule(queue: string, id: string, at: number): Promise<EditResult> {
    return this.edit(queue, id, { from: ['delayed'], to: 'delayed', dueAt: at, notes: () => postpone(at) });
  }

  async promote(queue: string, id: string): Promise<EditResult> {
    return this.edit(queue, id, { from: ['delayed'], to: 'wait', notes: () => postpone(Date.now()) });
  }

  async move(queue: string, id: string, to: string): Promise<EditResult> {
    // Opens the queue, because it may never have had a job.
    await this.ask(() => this.queue(to));
    const from = ['wait', 'prioritized', 'delayed', 'failed'] as const;
    return this.edit(queue, id, { from, to: 'same', toQueue: to });
  }

  private async edit(queue: string, id: string, edit: Edit): Promise<EditResult> {
    for (let i = 0; i < tries; i++) {
      const result = await this.ask(() => this.tryEdit(queue, id, edit).catch(damagedIfDataFault));
      // Scripts fail at a damaged job. It can only be discarded.
      if (result === 'damaged') return 'late';
      if (result !== 'changed') return result;
    }
    return 'late';
  }

  /** @returns `changed` if a worker has written the job's data in the meantime */
  private async tryEdit(
    queue: string,
    id: string,
    { notes, toQueue = queue, ...edit }: Edit,
  ): Promise<EditResult | 'changed'> {
    const base = queueBase(this.prefix, queue);
    const data = notes && (await this.dataWith(notes, jobKey(base, id)));
    return editJob(this.client, { ...edit, id, base, toBase: queueBase(this.prefix, toQueue), data });
  }

  private async dataWith(
    notes: (crashes: number) => EnvelopeNotes,
    job: string | Buffer,
  ): Promise<JobEdit['data']> {
    const [data, crashes] = await this.client.hmget(job, 'data', 'stc');
    if (!data) return undefined;
    const formerSha = createHash('sha1').update(data).digest('hex');
    return { text: withNotes(data, notes(Number(crashes ?? 0))), formerSha };
  }
}
