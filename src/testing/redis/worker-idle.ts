import { humanDuration } from '../../jobs/values/duration.js';
import { FledgeError } from '../../jobs/values/errors.js';
import type { JobEvents } from '../../jobs/events/events.js';
import type { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import type { JobState } from '../../jobs/store/inventory.js';
import type { QueueStats, Store } from '../../jobs/store/store.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { within } from '../../jobs/values/deadline.js';
import { Waiters } from '../../jobs/values/waiters.js';
import type { JobsWorker } from '../../jobs/worker/lifecycle/jobs-worker.js';

/** How long to wait between two checks without an event, in milliseconds. The pause doubles each time. */
const shortestPause = 1;
const longestPause = 100;
/** How many jobs of a queue the error names. */
const mostNamed = 3;

export interface IdleParts {
  readonly queues: readonly string[];
  readonly worker: JobsWorker;
  readonly store: Store;
  readonly events: JobEvents;
  readonly handlers: FailureHandlers;
}

/** Waits until a worker has nothing left to do. It checks again whenever a job has started or ended in this process. */
export class WorkerIdle {
  /** How many jobs have started or ended. */
  private changes = 0;
  private readonly waiters = new Waiters();

  /** @param horizon in milliseconds since 1970. Jobs that fall due until then count as unfinished */
  constructor(
    private readonly parts: IdleParts,
    private readonly horizon: number,
  ) {}

  /**
   * @param timeout in milliseconds
   * @throws FledgeError `FLEDGE_TEST_NOT_IDLE`
   */
  async reached(timeout: number): Promise<void> {
    const unsubscribe = this.parts.events.subscribe(({ type }) => {
      if (type === 'started' || type === 'finished') this.onChange();
    });
    try {
      await this.watch(timeout, Date.now() + timeout);
    } finally {
      unsubscribe();
    }
  }

  private onChange(): void {
    this.changes += 1;
    this.waiters.wake();
  }

  private async watch(timeout: number, deadline: number): Promise<void> {
    for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
      const before = this.changes;
      const unfinished = await this.unfinished(deadline);
      // After a change, a job may have moved to a place that was checked before.
      if (unfinished.length === 0 && this.changes === before) return;
      const left = deadline - Date.now();
      if (left <= 0) throw this.notIdle(timeout, unfinished);
      // Acknowledgements and other workers cause no events here, so this also checks after a pause.
      if (this.changes === before) await this.waiters.next(Math.min(pause, left));
      if (this.changes !== before) pause = shortestPause;
    }
  }

  /** Describes the unfinished work. */
  private async unfinished(deadline: number): Promise<string[]> {
    const { worker, handlers } = this.parts;
    // While a job runs here, it makes no request to the store.
    if (worker.jobs().length > 0) return this.runningHere();
    const handled = await within(Math.max(1, deadline - Date.now()), handlers.idle());
    return handled ? this.unfinishedInStore() : ['a failure handler has not ended'];
  }

  private runningHere(): string[] {
    const now = Date.now();
    return this.parts.worker
      .jobs()
      .map(
        (job) =>
          `${titleOf(job)} ${job.id} is running (attempt ${job.attempt}, for ${humanDuration(now - job.since)})`,
      );
  }

  private async unfinishedInStore(): Promise<string[]> {
    const { store, queues } = this.parts;
    try {
      const stats = await store.stats(queues);
      const found = (await Promise.all(stats.map((queue) => this.unfinishedIn(queue)))).flat();
      if (found.length > 0 || stats.every(({ scheduled }) => scheduled === 0)) return found;
      // A job that fell due after the first check is no longer scheduled. A second check finds it where it is now.
      const again = await store.stats(queues);
      return (await Promise.all(again.map((queue) => this.unfinishedIn({ ...queue, scheduled: 0 })))).flat();
    } catch (error) {
      if (error instanceof FledgeError && error.unavailable)
        return [`the store is unreachable: ${error.message}`];
      throw error;
    }
  }

  private async unfinishedIn({
    name: queue,
    size,
    running,
    scheduled,
    paused,
  }: QueueStats): Promise<string[]> {
    const due = scheduled > 0 ? await this.due(queue) : [];
    const waiting = `${size} waiting in ${queue}${paused ? ', which is paused' : ''}`;
    return [
      ...(size > 0 ? [`${waiting} (${await this.namesOf(queue, 'waiting')})`] : []),
      ...(running > 0 ? [`${running} running in ${queue} (${await this.namesOf(queue, 'running')})`] : []),
      ...due,
    ];
  }

  private async namesOf(queue: string, state: JobState): Promise<string> {
    const { jobs, cursor } = await this.parts.store.inventory.page(queue, state, { limit: mostNamed });
    const names = jobs.map((job) => `${titleOf(job)} ${job.id}`);
    return [...names, ...(cursor === undefined ? [] : ['…'])].join(', ');
  }

  /**
   * Describes the first delayed job of each state, if it falls due until the horizon. Such a job may already be due, because the
   * worker has not moved it to the waiting jobs yet.
   */
  private async due(queue: string): Promise<string[]> {
    const states: readonly JobState[] = ['scheduled', 'retrying'];
    const { inventory } = this.parts.store;
    const pages = await Promise.all(states.map((state) => inventory.page(queue, state, { limit: 1 })));
    const until = Math.max(this.horizon, Date.now());
    return pages
      .flatMap(({ jobs }) => jobs)
      .flatMap((job) =>
        job.dueAt !== undefined && +job.dueAt <= until
          ? [`${titleOf(job)} ${job.id} of ${queue}, due at ${job.dueAt.toISOString()}`]
          : [],
      );
  }

  private notIdle(timeout: number, unfinished: readonly string[]): FledgeError {
    const { state } = this.parts.worker;
    const who = state === 'running' ? 'The worker' : `The worker, which is ${state},`;
    const what = unfinished.length > 0 ? unfinished.join('; ') : 'new jobs keep starting';
    return new FledgeError(
      'FLEDGE_TEST_NOT_IDLE',
      `${who} is not idle after ${humanDuration(timeout)}: ${what}.`,
    );
  }
}
