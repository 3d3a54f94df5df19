import { Injectable } from '@nestjs/common';
import { DeclaredSchedules } from './declared-schedules.js';
import { humanDuration } from '../values/duration.js';
import { asError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { reconcile, type Correction } from './reconcile.js';
import { Store } from '../store/store.js';
import { tickOf } from '../job/schedule/tick.js';
import { noSchedules, type VoteResult } from '../store/timetable.js';

/** A deploy may take this long; milliseconds. */
const disputedFor = 600_000;
/** Between two warnings; milliseconds. */
const toldEvery = 3_600_000;

/**
 * Brings the store's schedules into line with the code, in processes that work: when a worker starts, and every 15 s. So
 * what a deploy changed and what the server lost is right again within a minute, whoever was there to see it.
 */
@Injectable()
export class Scheduler {
  /** Between two campaigns of a worker; milliseconds. Three missed in a row, and its vote counts no more. Tests set less. */
  campaignEvery = 15_000;
  /** Since when another set of schedules wins over this worker's, and when that was told; milliseconds since 1970. */
  private lost?: { readonly since: number; told?: number };
  private timer?: NodeJS.Timeout;
  private worker?: { readonly id: string; readonly queues: readonly string[] };
  private round = Promise.resolve();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly declared: DeclaredSchedules,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /** @param id the process's id in the fleet */
  start(id: string, queues: readonly string[]): void {
    this.worker = { id, queues };
    this.timer = setInterval(() => this.campaign(), this.campaignEvery).unref();
    this.unsubscribe = this.events.subscribe((event) => {
      if (event.type === 'started') this.note(event.id);
    });
    this.campaign();
  }

  /** Votes no more. Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe();
    delete this.worker;
    await this.round;
  }

  /** One after the other. Trouble of the store is its link's to report, and the next campaign comes. */
  private campaign(): void {
    this.round = this.round.then(() => this.correct()).catch(() => undefined);
  }

  private async correct(): Promise<void> {
    const { timetable } = this.store;
    const { worker } = this;
    if (!worker) return;
    const set = this.declared.fingerprint();
    const result = await timetable.campaign(worker.id, set, worker.queues);
    // To declare nothing is no dispute.
    if (set !== noSchedules) this.watchDispute(result);
    if (result !== 'leads') return;
    for (const correction of reconcile(this.declared.all(), await timetable.list())) {
      // It is another's turn.
      if (!this.worker) return;
      await this.apply(correction);
    }
  }

  private async apply({ change, schedule }: Correction): Promise<void> {
    const { timetable } = this.store;
    const { name, job, queue, timing } = schedule;
    try {
      if (change === 'removed') await timetable.remove(name);
      else if (change === 'paused') await timetable.pause(name);
      else await timetable.plan(schedule);
      this.events.emit({ type: 'schedule-corrected', change, schedule: name, job, queue, timing });
    } catch (thrown) {
      this.events.emit({ type: 'schedule-failed', schedule: name, error: asError(thrown) });
    }
  }

  /** In a deploy old and new workers disagree for a while; two applications on one prefix do so for good. */
  private watchDispute(result: VoteResult): void {
    if (result !== 'lost') {
      delete this.lost;
      return;
    }
    const now = Date.now();
    this.lost ??= { since: now };
    if (now - this.lost.since < disputedFor || now - (this.lost.told ?? 0) < toldEvery) return;
    this.lost.told = now;
    const names = this.declared.all().map(({ name }) => name);
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_SCHEDULES_DISPUTED',
      message: `For ${humanDuration(now - this.lost.since)} other workers of this store have declared other schedules than this one, whose own (${names.join(', ')}) are not planned as its code says. The set that appeared last wins. Deploy one version everywhere; give an application of its own a prefix of its own (?prefix=).`,
    });
  }

  /** Only for people's lists. */
  private note(id: string): void {
    const tick = tickOf(id);
    if (tick) void this.store.timetable.started(tick.schedule, tick.at).catch(() => undefined);
  }
}
