import type { Envelope } from './envelope.js';
import type { MissedTicks, Timing } from '../job/schedule/timing.js';

/** A schedule with all that is needed to make its jobs: what the store keeps of it, also for processes without the code. */
export interface Schedule {
  /** Unique in the store. */
  readonly name: string;
  /** The name of its job. */
  readonly job: string;
  readonly queue: string;
  readonly timing: Timing;
  readonly missed: MissedTicks;
  readonly envelope: Envelope;
  readonly attempts: number;
  readonly priority: number | undefined;
  /** Differs when anything above differs. */
  readonly fingerprint: string;
}

/** A schedule as the store has it. */
export interface PlannedSchedule extends Schedule {
  readonly paused: boolean;
  /** The tick whose job is there and has not started; undefined: none is planned. Milliseconds since 1970. */
  readonly next: number | undefined;
  /** The tick that started last, if that is known; milliseconds since 1970. */
  readonly last: number | undefined;
}

/** A schedule's record that cannot be used: it makes no ticks that Fledge knows of, until a worker that declares it plans it again. */
export interface DamagedSchedule {
  readonly name: string;
  readonly damage: string;
}

/** How a worker's vote for its set of schedules went: another set has won, its own has, or that and this worker leads. */
export type VoteResult = 'lost' | 'won' | 'leads';

/** In place of a fingerprint, of a worker that declares no schedules. */
export const noSchedules = 'none';

/** A set that was not voted for, or a queue whose workers did not vote, since then has no live worker; milliseconds. */
export const voteCounts = 45_000;
/** A set that nobody voted for since then is forgotten, and new when it comes again; milliseconds. */
export const voteForgotten = 600_000;
/** For how long the pause of a schedule that was removed is kept, should it come back: after a rollback, say; milliseconds. */
export const pauseKept = 7 * 24 * 3_600_000;
/** For how long one worker leads; milliseconds, less than the time between two campaigns. */
export const leadFor = 10_000;

/**
 * Where schedules are kept, and what makes their ticks. The job of the next tick is made when the job of the one before
 * starts, so that a tick has one job, and a schedule at most one that waits.
 */
export interface Timetable {
  /**
   * Votes for the whole set of schedules that a worker's code declares. Among the sets with a live worker the one that
   * appeared last wins: that of the newest code. So old workers that live, or restart, amid a deploy revert nothing, and
   * after a rollback the old set is back once the new workers are gone. One without any schedules wins only where there is
   * no other.
   *
   * @param worker its id in the fleet
   * @param set the set's fingerprint, or `noSchedules`
   * @param queues those that the worker works: that they are worked is noted too
   * @returns `leads` for one worker of the set that has won, for the next 10 s
   */
  campaign(worker: string, set: string, queues: readonly string[]): Promise<VoteResult>;
  /** Returns whether a queue had a worker at that time, in milliseconds since 1970, as far as is known. */
  wasServed(queue: string, time: number): Promise<boolean>;
  /** Those whose records can be used. */
  list(): Promise<PlannedSchedule[]>;
  /** The others, by name. */
  damaged(): Promise<DamagedSchedule[]>;
  /** Keeps a schedule and plans its next tick; one that is paused has none. A tick that is due already is not lost. */
  plan(schedule: Schedule): Promise<void>;
  /** Forgets a schedule, and its tick that has not started; its pause a week later. */
  remove(name: string): Promise<void>;
  /** Makes no more ticks until it is resumed; deploys do not change that. A tick that has not started is dropped. */
  pause(name: string): Promise<void>;
  /** Plans the next tick; where this process's clock is ahead of the store's, a worker does that within 15 s. */
  resume(name: string): Promise<void>;
  /** Notes that a tick has started. */
  started(name: string, tick: number): Promise<void>;
}
