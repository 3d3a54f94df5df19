import type { Retention } from '../../../config/retention.js';
import type { JobEvents } from '../../../events/events.js';
import type { RunningAttempts } from '../../../store/running-attempts.js';
import type { Execute } from '../../../store/store.js';
import type { Timetable } from '../../../store/timetable.js';
import type { RedisClient } from '../connection/connection.js';
import type { ReportedProblems } from '../connection/reported-problems.js';
import type { StoreErrors } from '../connection/store-errors.js';
import type { Refusals } from './refusals.js';
import type { WorkerPauses } from './worker-pauses.js';

/** What the processors of one worker share. */
export interface ProcessorResources {
  /** The process's id in the fleet, under which the server lists its processors. */
  readonly name: string;
  readonly client: RedisClient;
  readonly prefix: string;
  readonly execute: Execute;
  readonly running: RunningAttempts;
  readonly refusals: Refusals;
  readonly reported: ReportedProblems;
  readonly events: JobEvents;
  readonly errors: StoreErrors;
  /** Whether a queue had a worker at that time, in milliseconds since 1970. */
  readonly wasServed: (queue: string, time: number) => Promise<boolean>;
  /** Claims the only run of a schedule for a job. Returns false if another job of the schedule is running. */
  readonly claimRun: Timetable['claimRun'];
  /** Lets a run of a schedule wait until its class is resumed. Returns false if another run of the schedule waits for that. */
  readonly waitForResume: Timetable['waitForResume'];
  readonly pauses: WorkerPauses;
  readonly retention: Retention;
  /** For a user who may not run INFO: BullMQ's connection would never open. Delays are then up to 1 s late. */
  readonly skipVersionCheck: boolean;
}
