import { Inject, Injectable } from '@nestjs/common';
import type { Duration } from './values/duration.js';
import { delayOf } from './job/enqueue-options.js';
import type { CancelledJob } from './store/cancellations.js';
import { sendCommand } from './fleet/fleet-commands.js';
import type { JobFilter, JobPage, JobRecord, JobState } from './store/inventory.js';
import { JobEdits } from './inspect/job-edits.js';
import { JobSearch, type JobQuery } from './inspect/job-search.js';
import { Pausing } from './inspect/pausing.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from './config/resolved-options.js';
import type { JobReceipt } from './job/receipt.js';
import { JobRegistry } from './discovery/registry.js';
import { PausingInspector } from './pausing-inspector.js';
import { listSchedules } from './schedules/schedule-commands.js';
import type { ScheduleState } from './schedules/schedule-state.js';
import { ScheduleEdits } from './schedules/schedule-edits.js';
import { Store, type QueueStats } from './store/store.js';
import { findUnserved, type Unserved } from './fleet/unserved.js';
import { listProcesses, type WorkerProcess } from './fleet/worker-processes.js';

/** Lists and edits the jobs in the store, and lists and stops workers. Works in any process of the application. */
@Injectable()
export class JobsInspector extends PausingInspector {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    registry: JobRegistry,
    private readonly store: Store,
    private readonly search: JobSearch,
    private readonly edits: JobEdits,
    scheduleEdits: ScheduleEdits,
    pausing: Pausing,
  ) {
    super(registry, pausing, scheduleEdits);
  }

  /**
   * Lists the worker processes. Each sends a beat every 10 s. A worker that stopped cleanly is not listed. A worker that is
   * gone stays listed for an hour.
   *
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async processes(): Promise<WorkerProcess[]> {
    return listProcesses(this.store.fleet);
  }

  /**
   * Counts the jobs of every declared queue, and measures how late the queue is.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async queues(): Promise<QueueStats[]> {
    return this.store.stats([...this.options.queues.keys()]);
  }

  /**
   * Lists the queues that have jobs and no live worker, and the job classes that no live worker knows.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async unserved(): Promise<Unserved> {
    const [stats, members] = await Promise.all([this.queues(), this.store.fleet.members()]);
    return findUnserved(stats, members, this.registry.definitions());
  }

  /**
   * Lists one page of the jobs in a state, in the order in which the queues are declared. Finished jobs are listed newest
   * first, others by when they are due. A page examines at most 1,000 jobs of a queue, so a page with a filter may have
   * fewer jobs than `limit`, or none. The last page has no cursor. A job that stays between two pages is listed once.
   *
   * @example const { jobs, cursor } = await inspector.jobs('dead', { job: ImportCsvJob, error: 'ECONNREFUSED' });
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_STORE_…`
   */
  async jobs(state: JobState, query: JobQuery = {}): Promise<JobPage> {
    return this.pausing.markPage(await this.search.page(state, query));
  }

  /**
   * Iterates over all jobs in a state. Reads a hundred at once.
   *
   * @example for await (const job of inspector.each('dead')) console.log(job.id, job.error?.message);
   * @throws FledgeError as `jobs`
   */
  each(state: JobState, filter: JobFilter = {}): AsyncIterableIterator<JobRecord> {
    return this.pausing.each(this.search.slices(state, filter));
  }

  /**
   * Finds a job in any state. Returns undefined if no declared queue has it.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async find(id: string): Promise<JobRecord | undefined> {
    const found = await this.search.find(id);
    return found && (await this.pausing.mark([found]))[0];
  }

  /** Finds a job that was cancelled and so deleted: one of the newest 10,000, for a week. @throws FledgeError `FLEDGE_STORE_…` */
  async cancelled(id: string): Promise<CancelledJob | undefined> {
    return this.search.cancelled(id);
  }

  /**
   * Returns the last 1,000 lines that a job wrote with `context.log`.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_STORE_…`
   */
  async logs(id: string): Promise<string[]> {
    return this.search.logs(id);
  }

  /**
   * Puts a dead job back in its queue with all its attempts, even if it was killed as a poison job.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async retry(id: string): Promise<void> {
    await this.edits.retry(id);
  }

  /**
   * Retries all dead jobs that match the filter, a hundred at once. Jobs that die in the meantime are not retried. After an
   * error, call it again: the jobs retried so far stay retried.
   *
   * @returns how many were retried
   * @throws FledgeError as `jobs`
   */
  async retryAll(filter: JobFilter = {}): Promise<number> {
    return this.edits.retryAll(filter);
  }

  /**
   * Deletes a job. A running job cannot be discarded.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async discard(id: string): Promise<void> {
    await this.edits.discard(id);
  }

  /**
   * Deletes all jobs in a state that match the filter, in short steps. The next ticks of schedules stay. So do jobs that
   * are enqueued after the call began, by the clock of the process that enqueues them.
   *
   * @returns how many were deleted
   * @throws FledgeError as `jobs`
   */
  async discardAll(state: Exclude<JobState, 'running'>, filter: JobFilter = {}): Promise<number> {
    return this.edits.discardAll(state, filter);
  }

  /**
   * Changes the time at which a scheduled or retrying job runs. `expiresIn` counts from the new time.
   *
   * @param when a Date, milliseconds since 1970, or `{ delay: '10m' }` from now. A time that has passed means now
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async reschedule(id: string, when: Date | number | { readonly delay: Duration }): Promise<void> {
    const isTime = when instanceof Date || typeof when === 'number';
    const now = Date.now();
    // Also called for a time, because it checks it.
    const delay = delayOf(isTime ? { at: when } : when);
    await this.edits.reschedule(id, isTime ? Number(when) : now + delay);
  }

  /**
   * Puts a scheduled or retrying job at the end of its queue, so that it runs now.
   * @throws FledgeError `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async promote(id: string): Promise<void> {
    await this.edits.promote(id);
  }

  /**
   * Moves a job to another declared queue. A waiting job goes to the end of that queue. Other jobs keep their state. The
   * job keeps its id, payload, priority, attempts made, notes, log lines and unique lock. It loses its parent and children in
   * a BullMQ flow.
   *
   * @throws FledgeError `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_JOB_GONE`, `FLEDGE_JOB_STATE`, `FLEDGE_STORE_…`
   */
  async move(id: string, queue: string): Promise<void> {
    await this.edits.move(id, queue);
  }

  /**
   * Tells a worker process to stop taking jobs. Running jobs continue. Takes effect within two seconds.
   * @param processId as in `processes()`
   * @throws FledgeError `FLEDGE_PROCESS_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async quiet(processId: string): Promise<void> {
    await sendCommand(this.store.fleet, processId, 'quiet');
  }

  /**
   * Stops a worker process as SIGTERM does. Takes effect within two seconds.
   * @param processId as in `processes()`
   * @throws FledgeError `FLEDGE_PROCESS_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async stop(processId: string): Promise<void> {
    await sendCommand(this.store.fleet, processId, 'stop');
  }

  /**
   * Lists the schedules in the store with their next runs: those that the newest code of the workers declares, and those that
   * were made at run time. For thousands, `JobsService.schedules.list` returns pages.
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async schedules(): Promise<ScheduleState[]> {
    return listSchedules(this.store);
  }

  /**
   * Enqueues a schedule's job now, with its payload, even while the schedule is paused. The ticks of the schedule don't
   * change. `context.tick` is undefined.
   * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
   */
  async runSchedule(name: string): Promise<JobReceipt> {
    return this.scheduleEdits.run(name);
  }
}
