import { day, minute } from '../values/duration.js';
import { FledgeError } from '../values/errors.js';
import type { Envelope } from './envelope.js';
import type { MissedTicks, Timing } from '../job/schedule/timing.js';

/** The stored record of a schedule. It contains all that is needed to make jobs, even in a process without the job's class. */
export interface Schedule {
  /** Unique in the store. */
  readonly name: string;
  /** The name of the job. */
  readonly job: string;
  readonly queue: string;
  readonly timing: Timing;
  readonly missed: MissedTicks;
  readonly envelope: Envelope;
  readonly attempts: number;
  readonly priority: number | undefined;
  /** Set if the code disables the schedule. It is paused until the code enables it or an operator resumes it. */
  readonly disabled?: true | undefined;
  /** Set for a schedule that was made at run time. The code does not declare it, so no deploy changes or removes it. */
  readonly runtime?: true | undefined;
  /** A hash of the fields above, without `runtime`. */
  readonly fingerprint: string;
}

/** A schedule in the store, with its state. */
export interface PlannedSchedule extends Schedule {
  readonly paused: boolean;
  /** The tick whose job exists and has not started, in milliseconds since 1970. Undefined if no tick is planned. */
  readonly next: number | undefined;
  /** The tick that started last, in milliseconds since 1970, if it is known. */
  readonly last: number | undefined;
}

/** A record of a schedule that cannot be used. The schedule has no ticks until a worker that declares it plans it again. */
export interface DamagedSchedule {
  readonly name: string;
  readonly damage: string;
  readonly runtime?: true | undefined;
}

/** Something that ticks in a queue although no record says so: its schedule was removed, or has moved to another queue. */
export type Orphan = Pick<Schedule, 'name' | 'job' | 'queue' | 'timing'>;

/** Whether the code declares a schedule, or it was made at run time. */
export type ScheduleKind = 'declared' | 'runtime';

/** Which of the schedules that were made at run time to read, in the order of their names. */
export interface RuntimeQuery {
  /** Only names that begin with this. @default all names */
  readonly prefix?: string | undefined;
  /** Only names after this one. @default from the first */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface RuntimePage {
  readonly schedules: readonly (PlannedSchedule | DamagedSchedule)[];
  /** The last name that was read, if there may be more. */
  readonly after: string | undefined;
}

/** Says what an upsert did. */
export type UpsertChange = 'added' | 'changed' | 'unchanged';

/**
 * The result of a worker's vote for its set of schedules. `lost`: another set has won. `won`: its set has won. `leads`: its set
 * has won, and this worker is the leader.
 */
export type VoteResult = 'lost' | 'won' | 'leads';

/** Stands for the fingerprint of a worker that declares no schedules. */
export const noSchedules = 'none';

/** A set or a queue without a vote for this long has no live worker. In milliseconds. */
export const voteCounts = 45_000;
/** A set without a vote for this long is deleted, and counts as new when it returns. In milliseconds. */
export const voteForgotten = 10 * minute;
/** How long the pause of a removed schedule is kept, in case it returns, for example after a rollback. In milliseconds. */
export const pauseKept = 7 * day;
/** How long one worker is the leader, in milliseconds. It is less than the time between two campaigns. */
export const leadFor = 10_000;

/**
 * Keeps schedules and makes the jobs of their ticks. The job of a tick is made when the job of the previous tick starts. So
 * each tick has one job, and each schedule has at most one waiting job.
 */
export interface Timetable {
  /**
   * Votes for the whole set of schedules that a worker's code declares. Of the sets with a live worker, the set that appeared
   * last wins, because it belongs to the newest code. So old workers that run or restart during a deploy revert nothing. After
   * a rollback the old set returns once the new workers are gone. The empty set wins only if there is no other set.
   *
   * @param worker the worker's id in the fleet
   * @param set the fingerprint of the set, or `noSchedules`
   * @param queues the queues that the worker serves. The store notes that they are served
   * @returns `leads` for one worker of the winning set, for the next 10 s
   */
  campaign(worker: string, set: string, queues: readonly string[]): Promise<VoteResult>;
  /** Returns whether a worker served a queue at that time, in milliseconds since 1970. Returns true if it is not known. */
  wasServed(queue: string, time: number): Promise<boolean>;
  /** Returns the schedules that the code declares and whose records can be used. */
  list(): Promise<PlannedSchedule[]>;
  /** Returns the schedules that the code declares and whose records are damaged. */
  damaged(): Promise<DamagedSchedule[]>;
  /** Returns one schedule, declared or made at run time. */
  find(name: string): Promise<PlannedSchedule | DamagedSchedule | undefined>;
  /** Returns schedules that were made at run time. */
  page(query: RuntimeQuery): Promise<RuntimePage>;
  /** Counts the schedules that were made at run time and whose names begin with this. */
  count(prefix?: string): Promise<number>;
  /**
   * Looks at a slice of the schedules that were made at run time, and returns those that have to be planned or paused again: the
   * server lost a part of their data, or a change was interrupted.
   * @param after the last name of the slice before
   */
  strays(
    after?: string,
  ): Promise<{ readonly schedules: PlannedSchedule[]; readonly after: string | undefined }>;
  /** Looks for ticks without a record. A process that changed a schedule was killed, or the server lost a part of its data. */
  orphans(): AsyncIterable<Orphan>;
  /**
   * Plans a schedule's next tick, or ceases to, as its record in the store says now. It changes no record, so it undoes
   * nothing that happens at the same time.
   * @param queue a queue in which it may tick, although the record does not say so
   * @returns false if there was nothing to do
   */
  settle(name: string, queue?: string): Promise<boolean>;
  /**
   * Stores a schedule and plans its next tick, unless it is paused. A tick that is due already is not lost.
   * @throws FledgeError `FLEDGE_SCHEDULE_DUPLICATE_NAME` if a declared schedule and one that was made at run time would have the
   * same name
   */
  plan(schedule: Schedule): Promise<void>;
  /**
   * Does the same for a schedule that is made at run time, and does nothing if it has not changed. If this process's clock is
   * ahead of the store's, a worker plans the tick within a minute.
   * @throws FledgeError `FLEDGE_SCHEDULE_DUPLICATE_NAME` if a declared schedule has the name
   */
  upsert(schedule: Schedule): Promise<UpsertChange>;
  /**
   * Deletes a schedule and its tick that has not started. The pause of a declared schedule is deleted a week later.
   * @returns false if there is no schedule of this kind with this name
   */
  remove(name: string, kind: ScheduleKind): Promise<boolean>;
  /** Pauses a schedule, if it is there, until it is resumed. Deploys do not resume it. A tick that has not started is dropped. */
  pause(name: string): Promise<void>;
  /** Resumes a schedule and plans its next tick. If this process's clock is ahead of the store's, a worker plans it within 15 s. */
  resume(name: string): Promise<void>;
  /** Notes that a tick has started. */
  started(name: string, tick: number): Promise<void>;
  /**
   * Claims the only run of a schedule for a job that is about to run.
   * @returns false if another job of the schedule is running
   */
  claimRun(name: string, job: { readonly id: string; readonly queue: string }): Promise<boolean>;
  /**
   * Notes that a run of a schedule waits until its class is resumed.
   * @returns false if another run of the schedule waits for that. One run is enough
   */
  waitForResume(name: string, job: { readonly id: string; readonly queue: string }): Promise<boolean>;
}

export function duplicateSchedule(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_SCHEDULE_DUPLICATE_NAME',
    `The code declares a schedule with the name "${name}", and another one with this name was made at run time. Rename one of them. To remove the one that was made at run time, call JobsService.schedules.remove("${name}").`,
  );
}
