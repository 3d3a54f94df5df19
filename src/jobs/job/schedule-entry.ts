import type { Type } from '@nestjs/common';
import type { Performable, SafePayload } from './job.js';
import type { CallPolicyOptions } from './retry/policy.js';
import type { ScheduleOptions } from './schedule/timing.js';

/** The options of a schedule. They override the options of the job's `@Job()`. */
export type ScheduleEntryOptions = ScheduleOptions &
  CallPolicyOptions & {
    /**
     * The name of the schedule, which must be unique. At most 100 letters, digits, `_`, `.` and `-`. The store keeps the
     * schedule under this name.
     */
    readonly name: string;
    /** A declared queue. @default the class's queue */
    readonly queue?: string;
    /** From 1, which runs first, to 2,097,152. Jobs without a priority run before all jobs with one. */
    readonly priority?: number;
  };

/** The result of `schedule()`, for `JobsModule.forRoot({ schedules })`. */
export interface ScheduleEntry {
  readonly job: Type<Performable>;
  readonly payload: unknown;
  readonly options: ScheduleEntryOptions;
}

/**
 * Schedules a job with a payload. Returns an entry for `JobsModule.forRoot({ schedules: [ … ] })`. For a job without a
 * payload, `@Job({ cron: '…' })` is shorter.
 *
 * @example schedule(ImportCsvJob, { fileId: 'daily' }, { name: 'nightly-import', cron: '0 3 * * *', timezone: 'Europe/Berlin' })
 */
export function schedule<J extends Performable>(
  job: Type<J>,
  payload: SafePayload<J>,
  options: ScheduleEntryOptions,
): ScheduleEntry {
  return { job, payload, options };
}
