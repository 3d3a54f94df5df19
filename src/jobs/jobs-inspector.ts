import { Inject, Injectable } from '@nestjs/common';
import { isLive, type FleetMember } from './fleet.js';
import { sendCommand } from './fleet-command.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './options.js';
import { JobRegistry } from './registry.js';
import { Store, type QueueStats } from './store.js';
import { findUnworked, type Unworked } from './unworked.js';

export interface WorkerProcess extends FleetMember {
  /** Its last beat is older than 60 s: killed, frozen or cut off. Locks, not this, decide when its jobs run elsewhere. */
  readonly gone: boolean;
}

/** Looks at what is in the store and who works it, from any process of the application; the operator's side. */
@Injectable()
export class JobsInspector {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly store: Store,
  ) {}

  /**
   * The worker processes: each beats every 10 s; one that stopped in order is not listed, one that is gone for an hour.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async processes(): Promise<WorkerProcess[]> {
    const members = await this.store.fleet.members();
    return members
      .map((member) => ({ ...member, gone: !isLive(member) }))
      .toSorted((a, b) => a.startedAt - b.startedAt);
  }

  /**
   * Every declared queue, with what is in it and how late it is.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async queues(): Promise<QueueStats[]> {
    return this.store.stats([...this.options.queues.keys()]);
  }

  /**
   * Queues with jobs and no live consumer, and job classes that no live worker knows.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async unworked(): Promise<Unworked> {
    const [stats, members] = await Promise.all([this.queues(), this.store.fleet.members()]);
    return findUnworked(stats, members, this.registry.definitions());
  }

  /**
   * Lets a worker process take no more jobs; those that run go on. It hears of it within two seconds.
   * @param processId as in `processes()`
   * @throws FledgeError `FLEDGE_PROCESS_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async quiet(processId: string): Promise<void> {
    await sendCommand(this.store.fleet, processId, 'quiet');
  }

  /**
   * Stops a worker process as SIGTERM does. It hears of it within two seconds.
   * @param processId as in `processes()`
   * @throws FledgeError `FLEDGE_PROCESS_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async stop(processId: string): Promise<void> {
    await sendCommand(this.store.fleet, processId, 'stop');
  }
}
