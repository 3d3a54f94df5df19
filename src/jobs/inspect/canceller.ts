import { Injectable, type Type } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cancellation, CancelTarget } from '../store/cancellations.js';
import { JobEvents } from '../events/events.js';
import type { EditResult, JobRecord, JobState } from '../store/inventory.js';
import type { Performable } from '../job/job.js';
import { JobSearch } from './job-search.js';
import { Store } from '../store/store.js';

/** What a cancellation did. Nothing of either: no such job waits or runs. */
export interface CancelReport {
  /** Jobs that had not begun, or waited for another attempt, and are gone. */
  readonly removed: number;
  /** Running jobs whose signal aborts within a second. */
  readonly signalled: number;
}

const pending = ['waiting', 'scheduled', 'retrying'] as const;

const nothing: CancelReport = { removed: 0, signalled: 0 };
const removedOne: CancelReport = { removed: 1, signalled: 0 };
const signalledOne: CancelReport = { removed: 0, signalled: 1 };

function because(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

const isOver = ({ state }: JobRecord): boolean => state === 'dead' || state === 'completed';

/** Ends jobs, wherever they are, from any process. */
@Injectable()
export class Canceller {
  constructor(
    private readonly search: JobSearch,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  async cancelJob(id: string, reason: string | undefined): Promise<CancelReport> {
    const target: CancelTarget = { kind: 'job', id };
    const found = await this.search.find(id);
    if (!found) {
      const isDropped = await this.search.dropFollower(id);
      return this.tell(target, isDropped ? removedOne : nothing, reason);
    }
    if (isOver(found)) return this.tell(target, nothing, reason);
    const result = await this.remove(found);
    if (result === 'done') return this.tell(target, removedOne, reason);
    // Its schedule counts on it: it is paused instead.
    if (result === 'tick') return this.tell(target, nothing, reason);
    // It runs, or began this moment: its worker hears of it; and if it failed meanwhile, it waits again by now.
    await this.leave({ target, at: Date.now(), ...because(reason) });
    const again = await this.search.find(id);
    const isRemoved = again !== undefined && (await this.remove(again)) === 'done';
    return this.tell(target, isRemoved ? removedOne : signalledOne, reason);
  }

  /** @param names under which jobs of the class are stored, its own first */
  async cancelClass(
    job: Type<Performable>,
    names: readonly string[],
    reason: string | undefined,
  ): Promise<CancelReport> {
    let [removed, signalled] = [0, 0];
    for await (const _ of this.search.each('running', { job })) signalled += 1;
    // Then the word, so that a job that is on its way between two states is stopped where it arrives.
    const at = Date.now();
    for (const name of names) await this.leave({ target: { kind: 'class', name }, at, ...because(reason) });
    for (const queue of this.search.queues())
      removed += await this.store.inventory.discard(queue, { states: pending, names });
    // What the caller enqueues from now on is another matter.
    // A test may hold the system's clock: not forever.
    for (let i = 0; i < 10 && Date.now() <= at; i++) await sleep(1);
    return this.tell({ kind: 'class', name: names[0]! }, { removed, signalled }, reason);
  }

  private leave(cancellation: Cancellation): Promise<void> {
    return this.store.cancellations.leave(cancellation);
  }

  /** Only one that is pending. */
  private async remove({ queue, id, state }: JobRecord): Promise<EditResult> {
    return (pending as readonly JobState[]).includes(state) ? this.store.inventory.remove(queue, id) : 'late';
  }

  private tell(target: CancelTarget, report: CancelReport, reason: string | undefined): CancelReport {
    this.events.emit({ type: 'cancelled', target, ...report, ...because(reason) });
    return report;
  }
}
