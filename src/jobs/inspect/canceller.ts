import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { CancelNote, CancelTarget } from '../store/cancellations.js';
import type { JobEvents } from '../events/events.js';
import type { EditResult, JobFilter, JobRecord } from '../store/inventory.js';
import type { JobReceipt } from '../job/receipt.js';
import { invalidOption } from '../values/errors.js';
import type { JobSearch } from './job-search.js';
import type { Store } from '../store/store.js';

export interface CancelOptions {
  /** Shown in the abort error's message and in the log. @default none */
  readonly reason?: string;
}

/** The result of a cancellation. Both numbers are 0 if no such job waits or runs. */
export interface CancelReport {
  /** How many jobs were removed. They had not begun, or waited for another attempt. */
  readonly removed: number;
  /** How many running jobs were signalled. Their signal aborts within a second. */
  readonly signalled: number;
}

const pending = ['waiting', 'scheduled', 'retrying'] as const;

const nothing: CancelReport = { removed: 0, signalled: 0 };
const removedOne: CancelReport = { removed: 1, signalled: 0 };
const signalledOne: CancelReport = { removed: 0, signalled: 1 };

function noteOf(reason: string | undefined): CancelNote {
  const by = `${hostname()}:${process.pid}`;
  return { at: Date.now(), by, ...(reason !== undefined && { reason }) };
}

const isOver = ({ state }: JobRecord): boolean => state === 'dead' || state === 'completed';

/** Cancels jobs. Works in any process. */
export class Canceller {
  constructor(
    private readonly search: JobSearch,
    private readonly store: Pick<Store, 'inventory' | 'cancellations'>,
    private readonly events: Pick<JobEvents, 'emit'>,
  ) {}

  async cancelJob(id: string, reason: string | undefined): Promise<CancelReport> {
    const target: CancelTarget = { kind: 'job', id };
    return this.report(target, await this.endJob(target, noteOf(reason)), reason);
  }

  private async endJob(
    target: CancelTarget & { readonly kind: 'job' },
    note: CancelNote,
  ): Promise<CancelReport> {
    const { id } = target;
    const found = await this.search.find(id);
    if (!found) return (await this.search.dropFollower(id, note)) ? removedOne : nothing;
    if (isOver(found)) return nothing;
    const result = await this.remove(found, note);
    if (result === 'done') return removedOne;
    // The schedule depends on its next tick. An operator can pause the schedule.
    if (result === 'tick') return nothing;
    // The job runs, or has just begun. Its worker reads the request. If it failed in the meantime, it waits again.
    await this.store.cancellations.leave({ target, ...note, at: Date.now() });
    const again = await this.search.find(id);
    const isRemoved = again !== undefined && (await this.remove(again, note)) === 'done';
    return isRemoved ? removedOne : signalledOne;
  }

  /**
   * @param job the class, or its name in a process without the application's classes
   * @param names the names under which jobs of the class are stored, its own name first
   */
  async cancelClass(
    job: NonNullable<JobFilter['job']>,
    names: readonly [string, ...string[]],
    reason: string | undefined,
  ): Promise<CancelReport> {
    let [removed, signalled] = [0, 0];
    for await (const _ of this.search.each('running', { job })) signalled += 1;
    // The requests come before the removal. A job that moves between two states is stopped where it arrives.
    const cancelled = noteOf(reason);
    const { at } = cancelled;
    for (const name of names)
      await this.store.cancellations.leave({ target: { kind: 'class', name }, ...cancelled });
    for (const queue of this.search.queues())
      removed += await this.store.inventory.discard(queue, { states: pending, names, cancelled });
    // Jobs that the caller enqueues after this call must be later than the request.
    // The number of turns is limited because a test may stop the system's clock.
    for (let i = 0; i < 10 && Date.now() <= at; i++) await sleep(1);
    return this.report({ kind: 'class', name: names[0] }, { removed, signalled }, reason);
  }

  /** Removes a job if it is pending. */
  private async remove({ queue, id, state }: JobRecord, note: CancelNote): Promise<EditResult> {
    return pending.some((one) => one === state) ? this.store.inventory.cancel(queue, id, note) : 'late';
  }

  private report(target: CancelTarget, report: CancelReport, reason: string | undefined): CancelReport {
    const event = { type: 'cancelled', target, ...report } as const;
    this.events.emit(reason === undefined ? event : { ...event, reason });
    return report;
  }
}

/**
 * Returns the id of the job to cancel.
 *
 * @param accepted what the caller accepts, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function jobIdOf(what: string | JobReceipt, accepted: string): string {
  const id: unknown = typeof what === 'string' ? what : what?.id;
  if (typeof id === 'string' && id !== '') return id;
  throw invalidOption(`cancel() got ${inspect(what, { depth: 0 })}. Pass ${accepted}.`);
}
