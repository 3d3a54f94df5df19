import { Inject, Injectable, Optional } from '@nestjs/common';
import { DeclaredSchedules } from './declared-schedules.js';
import { hour, humanDuration, minute } from '../values/duration.js';
import { JobEvents } from '../events/events.js';
import { FailedCorrections } from './failed-corrections.js';
import { reconcile, settle, type Correction } from './reconcile.js';
import { Store } from '../store/store.js';
import { tickOf } from '../job/schedule/tick.js';
import { noSchedules, type VoteResult } from '../store/timetable.js';

/** How long workers may disagree before one warns, in milliseconds. A deploy may take this long. */
const disputedFor = 10 * minute;
/** The time between two warnings, in milliseconds. */
const warnEvery = hour;

/** After how many campaigns the leader looks at schedules made at run time, and for ticks without a record: about a minute. */
const roundsPerRestore = 4;

/** The time between two campaigns of a Scheduler, in milliseconds. Only tests provide it. */
export const CAMPAIGN_EVERY = Symbol('fledge:campaign-every');

/**
 * Makes the store's schedules match the code. It runs in worker processes, at their start and every 15 s. So schedules that
 * a deploy changed or the server lost are right again within a minute.
 */
@Injectable()
export class Scheduler {
  /** Since when another set of schedules has won over this worker's, and the last warning. In milliseconds since 1970. */
  private lost?: { readonly since: number; warnedAt?: number };
  private timer?: NodeJS.Timeout;
  private worker?: { readonly id: string; readonly queues: readonly string[] };
  private round = Promise.resolve();
  private ledRounds = 0;
  private readonly failures: FailedCorrections;
  private readonly runtimeFailures: FailedCorrections;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly declared: DeclaredSchedules,
    private readonly store: Store,
    private readonly events: JobEvents,
    /** After three missed campaigns in a row the vote of a worker no longer counts. */
    @Optional() @Inject(CAMPAIGN_EVERY) private readonly campaignEvery: number = 15_000,
  ) {
    this.failures = new FailedCorrections(events);
    this.runtimeFailures = new FailedCorrections(events);
  }

  /** @param worker its id in the fleet, and the names of its queues */
  start(worker: { readonly id: string; readonly queues: readonly string[] }): void {
    this.worker = worker;
    this.timer = setInterval(() => this.campaign(), this.campaignEvery).unref();
    this.unsubscribe = this.events.subscribe((event) => {
      if (event.type === 'started') this.note(event.id);
    });
    this.campaign();
  }

  /** Stops voting. Resolves when the campaign that is under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe();
    delete this.worker;
    await this.round;
  }

  /** Campaigns run one after the other. The store's link reports the store's errors, and the next campaign tries again. */
  private campaign(): void {
    this.round = this.round.then(() => this.correct()).catch(() => undefined);
  }

  private async correct(): Promise<void> {
    const { timetable } = this.store;
    const { worker } = this;
    if (!worker) return;
    const set = this.declared.fingerprint();
    const result = await timetable.campaign(worker.id, set, worker.queues);
    // A worker that declares no schedules does not take part in a dispute.
    if (set !== noSchedules) this.watchDispute(result);
    if (result !== 'leads') return;
    const failed = await this.applyAll(reconcile(this.declared.all(), await timetable.list()), this.failures);
    this.failures.keepOnly(failed);
    await this.restoreRuntime();
  }

  /**
   * Makes all ticks follow the records again, after changes that were interrupted and data that the server has lost. There may be
   * thousands of schedules that were made at run time, so the leader looks at them less often.
   */
  private async restoreRuntime(): Promise<void> {
    if (this.ledRounds++ % roundsPerRestore !== 0) return;
    const failed = new Set<string>();
    const applyAll = async (corrections: readonly Correction[]): Promise<void> => {
      for (const name of await this.applyAll(corrections, this.runtimeFailures)) failed.add(name);
    };
    // Before the others, so that a schedule leaves its former queue before it begins in another.
    for await (const schedule of this.store.timetable.orphans()) {
      if (!this.worker) return;
      await applyAll([{ change: 'settled', as: 'stopped', schedule }]);
    }
    let after: string | undefined;
    do {
      const slice = await this.store.timetable.strays(after);
      await applyAll(slice.schedules.flatMap(settle));
      if (!this.worker) return;
      after = slice.after;
    } while (after !== undefined);
    this.runtimeFailures.keepOnly(failed);
  }

  /** @returns the names of the schedules that could not be corrected */
  private async applyAll(
    corrections: readonly Correction[],
    failures: FailedCorrections,
  ): Promise<Set<string>> {
    const failed = new Set<string>();
    for (const correction of corrections) {
      // Stopped in the meantime: another worker takes over.
      if (!this.worker) break;
      if (!(await this.apply(correction, failures))) failed.add(correction.schedule.name);
    }
    return failed;
  }

  private async apply(correction: Correction, failures: FailedCorrections): Promise<boolean> {
    const { name, job, queue, timing } = correction.schedule;
    try {
      if (!(await this.write(correction))) return true;
      const change = correction.change === 'settled' ? correction.as : correction.change;
      this.events.emit({ type: 'schedule-corrected', change, schedule: name, job, queue, timing });
      return true;
    } catch (thrown) {
      failures.report(correction, thrown);
      return false;
    }
  }

  /** @returns false if there was nothing left to do */
  private async write({ change, schedule }: Correction): Promise<boolean> {
    const { timetable } = this.store;
    const { name, queue } = schedule;
    if (change === 'removed') return timetable.remove(name, 'declared');
    if (change === 'settled') return timetable.settle(name, queue);
    await timetable.plan(schedule);
    return true;
  }

  /** During a deploy, old and new workers disagree for a while. Two applications with the same prefix disagree forever. */
  private watchDispute(result: VoteResult): void {
    if (result !== 'lost') {
      delete this.lost;
      return;
    }
    const now = Date.now();
    this.lost ??= { since: now };
    if (now - this.lost.since < disputedFor || now - (this.lost.warnedAt ?? 0) < warnEvery) return;
    this.lost.warnedAt = now;
    const names = this.declared.all().map(({ name }) => name);
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_SCHEDULES_DISPUTED',
      message: `Other workers of this store have declared different schedules for ${humanDuration(now - this.lost.since)}. The set that appeared last wins, so the schedules of this worker (${names.join(', ')}) don't run as its code declares them. Deploy the same version everywhere. If the other workers belong to another application, set a different prefix for it (?prefix=).`,
    });
  }

  /** Records when a schedule last ran. Only lists of schedules show it. */
  private note(id: string): void {
    const tick = tickOf(id);
    if (tick) void this.store.timetable.started(tick.schedule, tick.at).catch(() => undefined);
  }
}
