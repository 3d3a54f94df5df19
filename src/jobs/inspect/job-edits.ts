import { FledgeError, invalidOption } from '../values/errors.js';
import {
  type EditResult,
  type Inventory,
  type JobFilter,
  type JobRecord,
  type JobState,
} from '../store/inventory.js';
import { titleOf } from '../job/subjects.js';
import type { JobSearch } from './job-search.js';

type Verb = 'retried' | 'promoted' | 'rescheduled' | 'moved' | 'discarded';

/** The edits that each state allows. */
const allowed: Readonly<Record<JobState, readonly Verb[]>> = {
  waiting: ['moved', 'discarded'],
  scheduled: ['promoted', 'rescheduled', 'moved', 'discarded'],
  retrying: ['promoted', 'rescheduled', 'moved', 'discarded'],
  running: [],
  dead: ['retried', 'moved', 'discarded'],
  completed: ['discarded'],
};

/** A job may change its state between the read and the edit. That hardly ever happens this often. */
const tries = 5;

/** Edits one job, or all jobs that match a filter. Each edit is one step in the store, so the job neither runs twice nor is lost. */
export class JobEdits {
  constructor(
    private readonly inventory: Inventory,
    private readonly search: JobSearch,
  ) {}

  retry(id: string): Promise<void> {
    return this.edit(id, 'retried', ({ queue }) => this.inventory.retry(queue, id));
  }

  discard(id: string): Promise<void> {
    return this.edit(id, 'discarded', ({ queue }) => this.inventory.remove(queue, id));
  }

  promote(id: string): Promise<void> {
    return this.edit(id, 'promoted', ({ queue }) => this.inventory.promote(queue, id));
  }

  /** @param at in milliseconds since 1970; with a time in the past the job runs at once */
  reschedule(id: string, at: number): Promise<void> {
    return this.edit(id, 'rescheduled', ({ queue }) =>
      at > Date.now() ? this.inventory.reschedule(queue, id, at) : this.inventory.promote(queue, id),
    );
  }

  async move(id: string, to: string): Promise<void> {
    this.search.requireQueue(to);
    await this.edit(id, 'moved', async ({ queue }) =>
      queue === to ? 'done' : this.inventory.move(queue, id, to),
    );
  }

  /** @returns how many were retried */
  async retryAll(filter: JobFilter): Promise<number> {
    // Each queue lists its newest job first. Jobs that die during the loop are newer, and stay. Clocks of workers may be ahead.
    const newest = new Map<string, number>();
    let done = 0;
    for await (const jobs of this.search.slices('dead', filter)) {
      const edits = jobs.map(({ queue, id, finishedAt }): Promise<EditResult> => {
        const diedAt = finishedAt?.getTime() ?? 0;
        const limit = newest.get(queue) ?? diedAt;
        newest.set(queue, limit);
        return diedAt > limit ? Promise.resolve('late') : this.inventory.retry(queue, id);
      });
      // The client sends commands together that begin in one tick.
      const results = await Promise.all(edits);
      done += results.filter((result) => result === 'done').length;
    }
    return done;
  }

  /** @returns how many were discarded */
  async discardAll(state: Exclude<JobState, 'running'>, filter: JobFilter): Promise<number> {
    if (isRunning(state)) {
      throw invalidOption('Running jobs cannot be discarded. Wait until they have ended, or cancel them.');
    }
    const { queues, ...which } = this.search.aim(state, filter);
    // Jobs that are enqueued from now on stay. The caller's clock may be behind the producers' clocks, so the later time of
    // the caller and the store counts.
    const before = Math.max(Date.now(), await this.inventory.now());
    let done = 0;
    for (const queue of queues)
      done += await this.inventory.discard(queue, { states: [state], before, ...which });
    return done;
  }

  private async edit(id: string, verb: Verb, edit: (job: JobRecord) => Promise<EditResult>): Promise<void> {
    let job = await this.search.require(id);
    for (let i = 0; i < tries; i++) {
      if (!allowed[job.state].includes(verb)) break;
      const result = await edit(job);
      if (result === 'done') return;
      if (result !== 'late') throw result === 'tick' ? isTick(job, verb) : isTaken(job);
      job = await this.search.require(id);
    }
    throw notAllowed(job, verb);
  }
}

/** JavaScript callers may pass this state although the types forbid it. */
function isRunning(state: JobState): boolean {
  return state === 'running';
}

function notAllowed(job: JobRecord, verb: Verb): FledgeError {
  const { id, queue, state, damage } = job;
  const verbs: readonly Verb[] = damage === undefined ? allowed[state] : ['discarded'];
  const wayOut =
    verbs.length > 0 ? `It can be ${verbs.join(', ')}.` : 'Wait until it has ended, or cancel it.';
  const why = damage === undefined ? '' : ` (${damage})`;
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${titleOf(job)} ${id} cannot be ${verb}, because it is ${state} on ${queue}${why}. ${wayOut}`,
    { jobId: id },
  );
}

function isTick({ name, id, schedule }: JobRecord, verb: Verb): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${name} ${id} cannot be ${verb}, because it is the next tick of the schedule ${schedule}. When it starts, it plans the tick after it. Pause the schedule instead, or run it now.`,
    { jobId: id },
  );
}

function isTaken(job: JobRecord): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${titleOf(job)} ${job.id} cannot be moved, because the other queue has a job with the same id or the same unique key. Discard one of the two, or wait until the other one is done.`,
    { jobId: job.id },
  );
}
