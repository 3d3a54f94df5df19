import type { Type } from '@nestjs/common';
import type { Performable, SafePayload } from './job.js';
import type { CallPolicyOptions } from './retry/policy.js';
import type { ScheduleOptions } from './schedule/timing.js';

/** How a schedule of `JobsModule.forRoot({ schedules })` runs its job; what it leaves out is as the job's `@Job()` says. */
export type ScheduleEntryOptions = ScheduleOptions &
  CallPolicyOptions & {
    /** Unique among all schedules: letters, digits, `_`, `.`, `-`, at most 100. Its state in the store goes by it. */
    readonly name: string;
    /** Another declared queue than the job's own. */
    readonly queue?: string;
    /** 1 is first, 2,097,152 last; jobs without a priority come before all that have one. */
    readonly priority?: number;
  };

/** What `schedule()` makes, for `JobsModule.forRoot({ schedules })`. */
export interface ScheduleEntry {
  readonly job: Type<Performable>;
  readonly payload: unknown;
  readonly options: ScheduleEntryOptions;
}

/**
 * Says when a job runs by itself, with a payload: an entry of `JobsModule.forRoot({ schedules: [ … ] })`. For a job
 * without a payload, `@Job({ cron: '…' })` is shorter.
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
