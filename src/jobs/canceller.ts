import { Inject, Injectable } from '@nestjs/common';
import type { CancelTarget } from './cancellations.js';
import { JobEvents } from './events.js';
import { inventoryBounds, type JobRecord, type JobState } from './inventory.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './options.js';
import { Store } from './store.js';

/** What a cancellation did. Nothing of either: no such job waits or runs. */
export interface CancelReport {
  /** Jobs that had not begun, or waited for another attempt, and are gone. */
  readonly removed: number;
  /** Running jobs whose signal aborts within a second. */
  readonly signalled: number;
}

const pending: readonly JobState[] = ['waiting', 'scheduled', 'retrying'];

/** Ends jobs, wherever they are, from any process. */
@Injectable()
export class Canceller {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  async cancelJob(id: string, reason: string | undefined): Promise<CancelReport> {
    const target: CancelTarget = { kind: 'job', id };
    let report = await this.endPending(await this.find(id));
    if (!report) {
      // It runs, or began this moment: its worker hears of it; and if it failed meanwhile, it waits again by now.
      await this.store.cancellations.leave(target, reason);
      report = (await this.endPending(await this.find(id))) ?? { removed: 0, signalled: 1 };
    }
    return this.tell(target, report, reason);
  }

  /** @param names under which jobs of the class are stored */
  async cancelClass(names: readonly string[], reason: string | undefined): Promise<CancelReport> {
    // First the word, so that a job that is on its way between two states is stopped where it arrives.
    for (const name of names) await this.store.cancellations.leave({ kind: 'class', name }, reason);
    const report = { removed: 0, signalled: 0 };
    const isOne = ({ name, schedule }: JobRecord): boolean => names.includes(name) && schedule === undefined;
    for (const queue of this.options.queues.keys()) {
      for (const state of pending) {
        for await (const { id } of this.each(queue, state, isOne))
          if ((await this.store.inventory.remove(queue, id)) === 'done') report.removed += 1;
      }
      for await (const _ of this.each(queue, 'active', ({ name }) => names.includes(name)))
        report.signalled += 1;
    }
    return this.tell({ kind: 'class', name: names[0]! }, report, reason);
  }

  /** Undefined for a job that runs, as far as can be seen. */
  private async endPending(job: JobRecord | undefined): Promise<CancelReport | undefined> {
    if (job?.state === 'active') return undefined;
    if (!job || !pending.includes(job.state)) return { removed: 0, signalled: 0 };
    const result = await this.store.inventory.remove(job.queue, job.id);
    if (result === 'tick') return { removed: 0, signalled: 0 };
    return result === 'done' ? { removed: 1, signalled: 0 } : undefined;
  }

  private async find(id: string): Promise<JobRecord | undefined> {
    const { inventory } = this.store;
    const queues = [...this.options.queues.keys()];
    const found = await Promise.all(queues.map((queue) => inventory.find(queue, id)));
    return found.find((job) => job !== undefined);
  }

  private async *each(
    queue: string,
    state: JobState,
    matches: (job: JobRecord) => boolean,
  ): AsyncGenerator<JobRecord> {
    let cursor: string | undefined;
    do {
      const page = await this.store.inventory.page(queue, state, {
        limit: inventoryBounds.slice,
        cursor,
        matches,
      });
      yield* page.jobs;
      ({ cursor } = page);
    } while (cursor !== undefined);
  }

  private tell(target: CancelTarget, report: CancelReport, reason: string | undefined): CancelReport {
    this.events.emit({ type: 'cancelled', target, ...report, ...(reason === undefined ? {} : { reason }) });
    return report;
  }
}
