import { Inject, Injectable } from '@nestjs/common';
import type { Duration } from './values/duration.js';
import { delayOf } from './job/enqueue-options.js';
import { isLive, type FleetMember } from './store/fleet.js';
import { sendCommand } from './fleet/fleet-commands.js';
import { JobEvents } from './events/events.js';
import type { JobFilter, JobPage, JobRecord, JobState } from './store/inventory.js';
import { JobEdits } from './inspect/job-edits.js';
import { JobSearch, type JobQuery } from './inspect/job-search.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './config/resolved-options.js';
import type { JobReceipt } from './job/receipt.js';
import { JobRegistry } from './discovery/registry.js';
import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  type ScheduleState,
} from './schedules/schedule-commands.js';
import { Store, type QueueStats } from './store/store.js';
import { findUnserved, type Unserved } from './fleet/unserved.js';

export interface WorkerProcess extends FleetMember {
  /** Its last beat is older than 60 s: killed, frozen or cut off. Locks, not this, decide when its jobs run elsewhere. */
  readonly gone: boolean;
}

/** Looks at what is in the store and who works it, from any process of the application; the operator's side. */
@Injectable()
export class JobsInspector {
  private readonly edits: JobEdits;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly store: Store,
    private readonly search: JobSearch,
    private readonly events: JobEvents,
  ) {
    this.edits = new JobEdits(store.inventory, search);
  }

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
  async unserved(): Promise<Unserved> {
    const [stats, members] = await Promise.all([this.queues(), this.store.fleet.members()]);
    return findUnserved(stats, members, this.registry.definitions());
  }

  /**
   * One page of the jobs in a state, queue after queue as they are declared: of those that have finished the newest
   * first, of the others what is due next. A page examines at most 1,000 jobs of a queue, so that one with a filter may
   * have fewer than `limit`, or none: the end is where there is no cursor. Jobs may come and go between two pages; one
   * that stays is listed once.
   *
   * @example const { jobs, cursor } = await inspector.jobs('dead', { job: ImportCsvJob, error: 'ECONNREFUSED' });
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_STORE_…`
   */
  async jobs(state: JobState, query: JobQuery = {}): Promise<JobPage> {
    return this.search.page(state, query);
  }

  /**
   * All jobs in a state, read in slices of a hundred.
   *
   * @example for await (const job of inspector.each('dead')) console.log(job.id, job.error?.message);
   * @throws FledgeError as `jobs`
   */
  each(state: JobState, filter: JobFilter = {}): AsyncIterableIterator<JobRecord> {
    return this.search.each(state, filter);
  }

  /**
   * A job in whatever state it is; undefined when no declared queue has it.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async find(id: string): Promise<JobRecord | undefined> {
    return this.search.find(id);
  }

  /**
   * The lines that a job has kept by `context.log`, the last 1,000.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_STORE_…`
   */
  async logs(id: string): Promise<string[]> {
    return this.search.logs(id);
  }

  /**
   * Lets a dead job wait again, with all its attempts; also one that was killed as poison.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async retry(id: string): Promise<void> {
    await this.edits.retry(id);
  }

  /**
   * Retries all dead jobs, or those of a class, of a queue, with an error; a hundred at a time. Those that die while it
   * works are left. After an error what was retried stays so: call it again.
   *
   * @returns how many
   * @throws FledgeError as `jobs`
   */
  async retryAll(filter: JobFilter = {}): Promise<number> {
    return this.edits.retryAll(filter);
  }

  /**
   * Forgets a job. A running job cannot be discarded.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async discard(id: string): Promise<void> {
    await this.edits.discard(id);
  }

  /**
   * Forgets all jobs in a state, or those of a class, of a queue, with an error; a hundred at a time. The next ticks of
   * schedules stay, and what is enqueued after it began, by the clock of whoever enqueues it.
   *
   * @returns how many
   * @throws FledgeError as `jobs`
   */
  async discardAll(state: Exclude<JobState, 'running'>, filter: JobFilter = {}): Promise<number> {
    return this.edits.discardAll(state, filter);
  }

  /**
   * Lets a scheduled or retrying job run at another time; `expiresIn` counts from then.
   *
   * @param when a Date, milliseconds since 1970, or `{ delay: '10m' }` from now; a time that has passed means at once
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async reschedule(id: string, when: Date | number | { readonly delay: Duration }): Promise<void> {
    const isTime = when instanceof Date || typeof when === 'number';
    const now = Date.now();
    // Also of a time, to check it.
    const delay = delayOf(isTime ? { at: when } : when);
    await this.edits.reschedule(id, isTime ? Number(when) : now + delay);
  }

  /**
   * Lets a scheduled or retrying job run now: it goes to the end of its queue.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async promote(id: string): Promise<void> {
    await this.edits.promote(id);
  }

  /**
   * Moves a job to another declared queue: a waiting one to its end, others in the state that they are in. Id, payload,
   * priority, attempts made, notes, log lines and the lock of a unique job go with it. Of a BullMQ flow, the job's ties to its parent and children
   * do not.
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async move(id: string, queue: string): Promise<void> {
    await this.edits.move(id, queue);
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

  /**
   * The schedules that are in the store, with their next runs: those of the newest code that works it.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async schedules(): Promise<ScheduleState[]> {
    return listSchedules(this.store);
  }

  /**
   * Lets a schedule make no more ticks until it is resumed, through deploys too; one that a deploy removes is still paused
   * if it comes back within a week. A tick that has not started is dropped.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async pauseSchedule(name: string): Promise<void> {
    await pauseSchedule(this.store, name);
    this.events.emit({ type: 'schedule-paused', schedule: name });
  }

  /**
   * Lets a schedule go on, with the first tick from now. Where this process's clock is more than a second ahead of the
   * server's, a worker plans it within 15 s.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async resumeSchedule(name: string): Promise<void> {
    await resumeSchedule(this.store, name);
    this.events.emit({ type: 'schedule-resumed', schedule: name });
  }

  /**
   * Enqueues a schedule's job at once, with its payload, also while the schedule is paused. Its ticks come as planned;
   * `context.tick` is undefined.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async runSchedule(name: string): Promise<JobReceipt> {
    const receipt = await runSchedule(this.store, name);
    const { id, name: job, queue } = receipt;
    this.events.emit({ type: 'enqueued', id, name: job, queue, delay: 0 });
    return receipt;
  }
}
