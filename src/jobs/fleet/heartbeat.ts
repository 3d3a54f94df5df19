import { Inject, Injectable } from '@nestjs/common';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry } from '../discovery/registry.js';
import type { Beat, FleetCommand } from '../store/fleet.js';
import type { StoredCatalog } from '../store/job-catalog.js';
import { Store } from '../store/store.js';
import { offeredJobs } from './offered-jobs.js';

/** How often a process checks for commands, in milliseconds. */
const checkEvery = 2_000;
/** Every fifth check is also a beat. */
const checksPerBeat = 5;

/** The worker that the heartbeat reports on. */
export interface BeatingWorker {
  readonly id: string;
  describe(): Omit<Beat, 'roundTrip' | 'catalog'>;
  onCommand(command: FleetCommand): void;
}

/**
 * Sends this process's state to the fleet every 10 s, and takes the commands that were left for it. The store's link
 * reports the store's errors. Only the lists of processes and queues depend on a beat.
 */
@Injectable()
export class Heartbeat {
  private timer?: NodeJS.Timeout;
  private worker?: BeatingWorker;
  private checks = 0;
  private beating = Promise.resolve();
  private catalog?: StoredCatalog;

  constructor(
    private readonly store: Store,
    private readonly registry: JobRegistry,
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
  ) {}

  start(worker: BeatingWorker): void {
    this.worker = worker;
    this.timer = setInterval(() => void this.check(), checkEvery).unref();
    void this.beat();
  }

  /** Sends the state now, after a change. Beats are sent one after the other, so the last one written is the newest. */
  async beat(): Promise<void> {
    this.beating = this.beating.then(() => this.send());
    await this.beating;
  }

  /** Leaves the fleet once the beats that are under way have ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { worker } = this;
    delete this.worker;
    await this.beating;
    if (worker) await this.store.fleet.leave(worker.id).catch(() => undefined);
  }

  private async send(): Promise<void> {
    if (!this.worker) return;
    try {
      const roundTrip = await this.store.ping();
      const catalog = (this.catalog ??= offeredJobs(this.registry, this.options));
      const beat = {
        ...this.worker.describe(),
        catalog: catalog.id,
        roundTrip: Number(roundTrip.toFixed(2)),
      };
      await this.store.fleet.beat(beat, catalog);
    } catch {
      // The next beat tries again.
    }
  }

  private async check(): Promise<void> {
    this.checks += 1;
    if (this.checks % checksPerBeat === 0) void this.beat();
    const { worker } = this;
    const command = worker && (await this.store.fleet.take(worker.id).catch(() => undefined));
    if (command) worker.onCommand(command);
  }
}
