import { humanDuration } from '../../jobs/values/duration.js';
import { FledgeError } from '../../jobs/values/errors.js';
import type { JobEvents } from '../../jobs/events/events.js';
import type { FailureHandlers } from '../../jobs/perform/failure-handlers.js';
import type { JobRecord, JobState } from '../../jobs/store/inventory.js';
import type { QueueStats, Store } from '../../jobs/store/store.js';
import { within } from '../../jobs/values/deadline.js';
import type { JobsWorker } from '../../jobs/worker/lifecycle/jobs-worker.js';

/** Pauses between two looks while this process hears nothing; milliseconds, doubled each time. */
const shortestPause = 1;
const longestPause = 100;
/** So many of a queue's jobs are named. */
const named = 3;

export interface IdleParts {
  readonly queues: readonly string[];
  readonly worker: JobsWorker;
  readonly store: Store;
  readonly events: JobEvents;
  readonly handlers: FailureHandlers;
}

/** Waits until a worker has nothing left to do: looks whenever a job has begun or ended in this process. */
export class WorkerIdle {
  /** How many jobs have begun or ended. */
  private news = 0;
  private wake: () => void = () => undefined;

  /** @param horizon jobs that fall due until then count; milliseconds since 1970 */
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
      if (type === 'started' || type === 'finished') this.hear();
    });
    try {
      await this.watch(timeout, Date.now() + timeout);
    } finally {
      unsubscribe();
    }
  }

  private hear(): void {
    this.news += 1;
    this.wake();
  }

  private async watch(timeout: number, deadline: number): Promise<void> {
    for (let pause = shortestPause; ; pause = Math.min(pause * 2, longestPause)) {
      const heard = this.news;
      const rest = await this.whatIsLeft(deadline);
      const isNews = this.news !== heard;
      // News: a job may have gone where somebody had looked before.
      if (rest.length === 0 && !isNews) return;
      const left = deadline - Date.now();
      if (left <= 0) throw this.notIdle(timeout, rest);
      // No event tells of an acknowledgement, nor of what other workers do.
      if (isNews || (await this.newsWithin(Math.min(pause, left)))) pause = shortestPause;
    }
  }

  /** In words. */
  private async whatIsLeft(deadline: number): Promise<string[]> {
    const { worker, handlers } = this.parts;
    // Without a question to the store, while it has enough to do.
    if (worker.jobs().length > 0) return this.whatRuns();
    const handled = await within(Math.max(1, deadline - Date.now()), handlers.idle());
    return handled ? this.whatTheStoreHas() : ['a failure handler has not ended'];
  }

  private whatRuns(): string[] {
    const now = Date.now();
    return this.parts.worker
      .jobs()
      .map(
        ({ name, id, attempt, since }) =>
          `${name} ${id} runs (attempt ${attempt}, for ${humanDuration(now - since)})`,
      );
  }

  private async whatTheStoreHas(): Promise<string[]> {
    const { store, queues } = this.parts;
    try {
      const stats = await store.stats(queues);
      const found = (await Promise.all(stats.map((queue) => this.whatIsIn(queue)))).flat();
      if (found.length > 0 || stats.every(({ scheduled }) => scheduled === 0)) return found;
      // A job that fell due after the first look is no longer scheduled. Another look finds it where it is now.
      const again = await store.stats(queues);
      return (await Promise.all(again.map((queue) => this.whatIsIn({ ...queue, scheduled: 0 })))).flat();
    } catch (error) {
      if (error instanceof FledgeError && error.unavailable) return [`the store is away: ${error.message}`];
      throw error;
    }
  }

  private async whatIsIn({ name: queue, size, running, scheduled, paused }: QueueStats): Promise<string[]> {
    const due = scheduled > 0 ? await this.due(queue) : [];
    const waiting = `${size} waiting in ${queue}${paused ? ', which is paused' : ''}`;
    return [
      ...(size > 0 ? [`${waiting} (${await this.namesOf(queue, 'waiting')})`] : []),
      ...(running > 0 ? [`${running} running in ${queue} (${await this.namesOf(queue, 'running')})`] : []),
      ...due.map(({ name, id, dueAt }) => `${name} ${id} of ${queue}, due at ${dueAt!.toISOString()}`),
    ];
  }

  private async namesOf(queue: string, state: JobState): Promise<string> {
    const { jobs, cursor } = await this.parts.store.inventory.page(queue, state, { limit: named });
    const names = jobs.map(({ name, id }) => `${name} ${id}`);
    return [...names, ...(cursor === undefined ? [] : ['…'])].join(', ');
  }

  /** What was put off and counts anyway, it may be since nobody has moved it to those that wait: the first in each state. */
  private async due(queue: string): Promise<JobRecord[]> {
    const states: readonly JobState[] = ['scheduled', 'retrying'];
    const { inventory } = this.parts.store;
    const pages = await Promise.all(states.map((state) => inventory.page(queue, state, { limit: 1 })));
    const until = Math.max(this.horizon, Date.now());
    return pages.flatMap(({ jobs }) => jobs).filter(({ dueAt }) => dueAt !== undefined && +dueAt <= until);
  }

  private async newsWithin(atMost: number): Promise<boolean> {
    return within(atMost, new Promise<void>((resolve) => (this.wake = resolve)));
  }

  private notIdle(timeout: number, rest: readonly string[]): FledgeError {
    const { state } = this.parts.worker;
    const who = state === 'running' ? 'The worker' : `The worker, which is ${state},`;
    const what = rest.length > 0 ? rest.join('; ') : 'jobs run one after the other';
    return new FledgeError(
      'FLEDGE_TEST_NOT_IDLE',
      `${who} is not idle after ${humanDuration(timeout)}: ${what}.`,
    );
  }
}
