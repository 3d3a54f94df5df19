import type { Timing } from '../job/schedule/timing.js';
import type { JobFact } from './job-events.js';

export type ScheduleEvent =
  /** A worker changed a schedule in the store to match the code, or completed a change that was interrupted. */
  | {
      readonly type: 'schedule-corrected';
      /**
       * `restored`: its next tick was missing, because the server lost it or its queue was obliterated. `paused`: it still had
       * a next tick, because an earlier pause was interrupted. `stopped`: it still had ticks in this queue, although it had been
       * removed or had moved to another queue.
       */
      readonly change: 'added' | 'changed' | 'paused' | 'removed' | 'restored' | 'stopped';
      readonly schedule: string;
      /** The name of its job. */
      readonly job: string;
      readonly queue: string;
      readonly timing: Timing;
    }
  /** A schedule could not be changed to match the code. The worker tries again every 15 s, and reports the same failure once. */
  | { readonly type: 'schedule-failed'; readonly schedule: string; readonly error: Error }
  /** This process made a schedule at run time, or changed one. */
  | {
      readonly type: 'schedule-upserted';
      readonly change: 'added' | 'changed';
      readonly schedule: string;
      /** The name of its job. */
      readonly job: string;
      readonly queue: string;
      readonly timing: Timing;
    }
  /** This process removed a schedule that was made at run time. */
  | { readonly type: 'schedule-removed'; readonly schedule: string }
  /** Methods of @nestjs/schedule run as scheduled jobs, and no longer in this process. */
  | {
      readonly type: 'cron-adopted';
      /** The names of the schedules. */
      readonly schedules: readonly string[];
      /** The time zone of this process, if it applies to some of them and is not UTC. */
      readonly processZone: string | undefined;
    }
  /** This process paused or resumed a schedule. */
  | { readonly type: 'schedule-paused' | 'schedule-resumed'; readonly schedule: string }
  /**
   * A job runs late, because no worker was there when its tick was due (`missed: 'once'`). A missed tick that is dropped ends
   * as expired instead.
   */
  | (JobFact & { readonly type: 'tick-made-up'; readonly schedule: string; readonly tick: number });
