import { FledgeError } from '../values/errors.js';
import {
  type EditResult,
  type Inventory,
  type JobFilter,
  type JobRecord,
  type JobState,
} from '../store/inventory.js';
import type { JobSearch } from './job-search.js';

type Verb = 'retried' | 'promoted' | 'rescheduled' | 'moved' | 'discarded';

/** What can be done with a job in which state. */
const allowed: Readonly<Record<JobState, readonly Verb[]>> = {
  waiting: ['moved', 'discarded'],
  scheduled: ['promoted', 'rescheduled', 'moved', 'discarded'],
  retrying: ['promoted', 'rescheduled', 'moved', 'discarded'],
  running: [],
  dead: ['retried', 'moved', 'discarded'],
  completed: ['discarded'],
};

/** A job may change its state between the look at it and the edit; hardly ever this often. */
const tries = 5;

/** Edits jobs, one or all that a filter finds. Each edit is one step in the store: the job neither runs twice nor is lost. */
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

  /** @param at milliseconds since 1970; a time that has passed means at once */
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
    // The newest of each queue comes first. What dies again meanwhile is newer, and left; clocks of workers may be ahead.
    const newest = new Map<string, number>();
    let done = 0;
    for await (const jobs of this.search.slices('dead', filter)) {
      const edits = jobs.map(({ queue, id, finishedAt }): Promise<EditResult> => {
        const diedAt = finishedAt?.getTime() ?? 0;
        if (!newest.has(queue)) newest.set(queue, diedAt);
        return diedAt > newest.get(queue)! ? Promise.resolve('late') : this.inventory.retry(queue, id);
      });
      // What begins in one tick travels together.
      const results = await Promise.all(edits);
      done += results.filter((result) => result === 'done').length;
    }
    return done;
  }

  /** @returns how many were discarded */
  async discardAll(state: Exclude<JobState, 'running'>, filter: JobFilter): Promise<number> {
    if ((state as JobState) === 'running') {
      throw new FledgeError(
        'FLEDGE_OPTION_INVALID',
        'Running jobs cannot be discarded. Wait until they have ended, or cancel them.',
      );
    }
    const { queues, ...which } = this.search.aim(state, filter);
    // Jobs that are enqueued from now on stay. The caller's clock may be behind those of producers, so the store's counts too.
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
    throw unfitting(job, verb);
  }
}

function unfitting(job: JobRecord, verb: Verb): FledgeError {
  const { name, id, queue, state, damage } = job;
  const verbs = damage === undefined ? allowed[state] : (['discarded'] as const);
  const wayOut =
    verbs.length > 0 ? `It can be ${verbs.join(', ')}.` : 'It runs: wait until it has ended, or cancel it.';
  const why = damage === undefined ? '' : ` (${damage})`;
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${name} ${id} is ${state} on ${queue}, so it cannot be ${verb}${why}. ${wayOut}`,
    { jobId: id },
  );
}

function isTick({ name, id, schedule }: JobRecord, verb: Verb): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${name} ${id} is the next tick of the schedule ${schedule}, which plans the one after it when this one starts, so it cannot be ${verb}. Pause the schedule instead, or run it now.`,
    { jobId: id },
  );
}

function isTaken({ name, id }: JobRecord): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_STATE',
    `${name} ${id} cannot be moved: on the other queue there is a job that is unique in the same way, or has its id since one enqueue was repeated with another queue. Discard one of the two, or wait until that one is done.`,
    { jobId: id },
  );
}
