import type { Timing } from '../job/schedule/timing.js';
import type { JobFact } from './job-events.js';

export type ScheduleEvent =
  /** The store's schedules were brought into line with the code. */
  | {
      readonly type: 'schedule-corrected';
      /**
       * `restored`: its next tick was gone, since the server had lost it or somebody had obliterated the queue. `paused`:
       * it still had one, since whoever paused it was interrupted.
       */
      readonly change: 'added' | 'changed' | 'paused' | 'removed' | 'restored';
      readonly schedule: string;
      /** The name of its job. */
      readonly job: string;
      readonly queue: string;
      readonly timing: Timing;
    }
  /** It will be tried again within 15 s. */
  | { readonly type: 'schedule-failed'; readonly schedule: string; readonly error: Error }
  /** Somebody asked for it in this process. */
  | { readonly type: 'schedule-paused' | 'schedule-resumed'; readonly schedule: string }
  /** No worker was there when it was due, and it is run now (`missed: 'once'`). One that is dropped has expired. */
  | (JobFact & { readonly type: 'tick-made-up'; readonly schedule: string; readonly tick: number });
