import { Injectable, type Type } from '@nestjs/common';
import { JobRegistry } from '../discovery/registry.js';
import { JobEvents } from '../events/events.js';
import type { Performable, SafePayload } from '../job/job.js';
import type { ScheduleEntryOptions } from '../job/schedule-entry.js';
import { Store } from '../store/store.js';
import type { UpsertChange } from '../store/timetable.js';
import { invalidOption } from '../values/errors.js';
import { ScheduleRecords } from './schedule-records.js';
import { stateOf, type ScheduleState } from './schedule-state.js';
import { Turns } from './turns.js';

/** The result of `JobsService.schedules.upsert`. */
export interface ScheduleReceipt {
  readonly name: string;
  /** The name of the job that it runs. */
  readonly job: string;
  readonly queue: string;
  /** `unchanged` if the schedule was there with the same options and payload. Its next tick stays. */
  readonly status: UpsertChange;
}

/** Which schedules `JobsService.schedules.list` returns. */
export interface ScheduleQuery {
  /** Only schedules whose names begin with this, such as `'customer-42-'`. @default all schedules */
  readonly prefix?: string;
  /** Only schedules of this job class, or of the job with this name. @default all jobs */
  readonly job?: Type<Performable> | string;
  /** How many schedules to return at most, from 1 to 1,000. @default 100 */
  readonly limit?: number;
  /** The `cursor` of the page before. @default from the first name */
  readonly cursor?: string;
}

export interface SchedulePage {
  /** Ordered by name. With `job`, a page may have fewer schedules than `limit`, or none, although more pages follow. */
  readonly schedules: ScheduleState[];
  /** Pass it to get the next page. Undefined on the last page. */
  readonly cursor: string | undefined;
}

const mostPerPage = 1_000;
/** How many upserts and removals run at once. Thousands at once would each wait for the others longer than the store may take to answer. */
const atOnce = 20;

/**
 * Schedules that are made at run time, for what users of the application configure. The code does not declare them, so a deploy
 * does not change or remove them. Each tick runs once in the whole fleet, as with declared schedules.
 */
@Injectable()
export class RuntimeSchedules {
  private readonly turns = new Turns(atOnce);

  constructor(
    private readonly records: ScheduleRecords,
    private readonly registry: JobRegistry,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /**
   * Adds a schedule, or changes the one with this name. If nothing has changed, its next tick stays. A changed schedule that is
   * paused stays paused.
   *
   * @param options as for `schedule()`. `name` identifies the schedule in this store
   * @example await jobs.schedules.upsert(DigestJob, { userId: 42 }, { name: 'digest-42', cron: '0 8 * * 1', timezone: 'Asia/Tokyo' });
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_QUEUE_UNDECLARED`,
   * `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`, `FLEDGE_SCHEDULE_DUPLICATE_NAME` if the code declares a schedule with
   * this name, `FLEDGE_STORE_…`
   */
  async upsert<J extends Performable>(
    job: Type<J>,
    payload: SafePayload<J>,
    options: ScheduleEntryOptions,
  ): Promise<ScheduleReceipt> {
    const schedule = { ...this.records.ofEntry({ job, payload, options }), runtime: true } as const;
    const status = await this.turns.take(() => this.store.timetable.upsert(schedule));
    const { name, job: jobName, queue, timing } = schedule;
    if (status !== 'unchanged')
      this.events.emit({
        type: 'schedule-upserted',
        change: status,
        schedule: name,
        job: jobName,
        queue,
        timing,
      });
    return { name, job: jobName, queue, status };
  }

  /**
   * Removes a schedule that was made at run time. A tick that has not started is dropped.
   *
   * @returns false if no schedule with this name was made at run time
   * @throws FledgeError `FLEDGE_STORE_…`
   */
  async remove(name: string): Promise<boolean> {
    const isRemoved = await this.turns.take(() => this.store.timetable.remove(name, 'runtime'));
    if (isRemoved) this.events.emit({ type: 'schedule-removed', schedule: name });
    return isRemoved;
  }

  /**
   * Lists the schedules that were made at run time, ordered by name, page by page.
   *
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_STORE_…`
   */
  async list({ prefix, job, limit = 100, cursor }: ScheduleQuery = {}): Promise<SchedulePage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > mostPerPage)
      throw invalidOption(`limit is ${String(limit)}. Use a whole number from 1 to ${mostPerPage}.`);
    const names = job === undefined || typeof job === 'string' ? [job] : this.registry.namesOf(job);
    const { schedules, after } = await this.store.timetable.page({ prefix, after: cursor, limit });
    const states = schedules.map(stateOf);
    return {
      schedules: job === undefined ? states : states.filter((state) => names.includes(state.job)),
      cursor: after,
    };
  }
}
